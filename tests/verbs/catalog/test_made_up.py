"""Who installs it begins with the example, and may forget that its company does not exist."""

from newsletter import catalog
from tests.conftest import EXAMPLE, Run

TOLD = "warn  catalogue: People are told what the example's catalogue made up: "


def test_doctor_names_what_the_example_made_up_until_it_is_the_companys_own(run: Run) -> None:
    """A3.7: it stands under every letter."""
    ours = EXAMPLE.read_text().replace("example.org", "my-example.org")

    assert "CVR 00000000 (EXAMPLE), " in run("doctor").stdout.partition(TOLD)[2].splitlines()[0]

    catalog.apply(ours)
    assert f"{TOLD}CVR 00000000 (EXAMPLE).\n" in run("doctor").stdout

    catalog.apply(ours.replace("00000000 (EXAMPLE)", "10150817"))
    assert TOLD not in run("doctor").stdout
