"""A listmonk that runs for a test, and does now and then what the test wants."""

import base64
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.listmonk.subscribers import Problem, Subscribers, now


@dataclass
class Listmonk(Subscribers):
    """One that runs for a test. `answers` are given instead of its own, in their order, to requests that fit."""

    user: str = "newsletter"
    token: str = "a-token-of-listmonk"
    heard: list[str] = field(default_factory=list)
    answers: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)
    late: list[tuple[str, int]] = field(default_factory=list)
    before: Callable[[str], None] = lambda _: None
    lock: threading.RLock = field(default_factory=threading.RLock)

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *_: object) -> None:
        self.down()

    def up(self, port: int = 0) -> None:
        tool = self

        class Handler(Talk):
            listmonk = tool

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    def down(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def status(self, email: str, number: int = 3) -> str | None:
        """This address's status on a list; None where it is on none, or nobody's."""
        found = self.by_email(email)
        return found["lists"].get(number, {}).get("status") if found else None

    def mailed(self, number: int = 3) -> set[str]:
        """Whom a campaign to this list would reach."""
        return {
            one["email"]
            for one in self.subscribers.values()
            if one["status"] == "enabled" and one["lists"].get(number, {}).get("status") == "confirmed"
        }

    def unsubscribe(self, email: str, number: int = 3) -> None:
        """They press the link in a letter of listmonk's own."""
        found = self.by_email(email)
        assert found is not None
        found["lists"][number] = {"status": "unsubscribed", "updated_at": now()}

    def blocklist(self, email: str) -> None:
        """They press the link, and want no mail from any list of it."""
        found = self.by_email(email)
        assert found is not None
        found["status"] = "blocklisted"
        for number in found["lists"]:
            self.unsubscribe(email, number)

    def answer(self, method: str, status: int, times: int = 1, **headers: str) -> None:
        self.answers += [(method, status, headers)] * times

    def answer_late(self, method: str, status: int) -> None:
        """The next such request is done, and its answer lost on the way."""
        self.late.append((method, status))


class Talk(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves as a whole: in two parts, the second waits 40 ms until the first is acknowledged
    listmonk: Listmonk

    def talk(self) -> None:
        tool, parts = self.listmonk, urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        tool.heard.append(f"{self.command} {parts.path}")
        tool.before(f"{self.command} {parts.path}")
        with tool.lock:
            self.reply(*self.answered(parts.path, query, body))

    def answered(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, Any, dict[str, str]]:
        tool = self.listmonk
        for answer in tool.answers:
            if self.command == answer[0]:
                tool.answers.remove(answer)
                return answer[1], {"message": "as you wish"}, answer[2]
        login = base64.b64encode(f"{tool.user}:{tool.token}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {login}":
            return 403, {"message": "invalid API credentials"}, {}
        try:
            done = tool.call(self.command, path, query, body, str(self.headers["Content-Type"]))
            lost = next((late for late in tool.late if late[0] == self.command), None)
            if lost:
                tool.late.remove(lost)
                return lost[1], {"message": "lost"}, {}
            return 200, {"data": done}, {}
        except Problem as problem:
            return problem.status, {"message": str(problem)}, {}

    def reply(self, status: int, told: Any, headers: dict[str, str]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def __getattr__(self, name: str) -> Any:
        """The server asks for `do_GET` and the like."""
        if name.startswith("do_"):
            return self.talk
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Not into the tests' output."""
