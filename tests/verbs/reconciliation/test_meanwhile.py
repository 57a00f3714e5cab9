"""What happens while a tool is compared is on its way there, and no difference."""

from tests.listmonk import Listmonk
from tests.people import People
from tests.tools import Tools, rename


def test_who_changes_while_the_tool_tells_of_them_is_no_difference(
    tools: Tools, people: People, listmonk: Listmonk
) -> None:
    people.subscribe("ada@example.org")
    tools.push()
    names = iter(["Ada"])

    def change(_request: str) -> None:
        with tools.declared.app_context():
            for name in names:
                rename("ada@example.org", name)

    listmonk.before = change

    told = tools.flask("feed", "reconcile", "listmonk")

    assert (told.exit_code, told.stdout) == (0, "")
