"""What is pinned installs for ever, whatever else the package index serves meanwhile."""

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[([^]]+)\])?==", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    """Each pinned package and the extras that its pin names."""
    found = PIN.findall((ROOT / name).read_text())
    return {canonicalize_name(package): set(filter(None, extras.split(","))) for package, extras in found}


def wanted_with_extras(pinned: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Every extra that a pinned package needs of another one, as far as it is installed here."""
    for package, own in pinned.items():
        try:
            needed = requires(package) or []
        except PackageNotFoundError:
            continue
        for requirement in map(Requirement, needed):
            if any(requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in {"", *own}):
                yield from ((canonicalize_name(requirement.name), extra) for extra in requirement.extras)


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_its_hash(name: str) -> None:
    """D4.8: so pip installs nothing else."""
    text = (ROOT / name).read_text()

    assert len(PIN.findall(text)) == len(re.findall(r"^\S.*==.* \\\n +--hash=sha256:[0-9a-f]{64}", text, re.MULTILINE))


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_a_pin_names_the_extras_it_is_needed_with(name: str) -> None:
    """pip before 23.3 looks for `coverage[toml]` past a pin of `coverage`, and takes a newer one without a hash."""
    pinned = {**pins("requirements.txt"), **pins(name)}

    missing = [f"{package}[{extra}]" for package, extra in wanted_with_extras(pinned) if extra not in pinned[package]]

    assert not missing
