"""An IMAP server that gives no more than it must, and says so as it likes."""

from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import ClassVar

from newsletter import config, letterbox
from tests.servers import HOST


class Stubborn(StreamRequestHandler):
    """A server that gives these mails, and will not give those before them; when all are moved, none is there."""

    mails: ClassVar[dict[int, bytes]] = {}
    moved: ClassVar[list[bytes]] = []
    no: ClassVar[bytes] = b"NO"
    can: ClassVar[bytes] = b"CAPABILITY IMAP4rev1 MOVE"

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, command, *words = line.split()
            is_login = command in {b"LOGIN", b"AUTHENTICATE"}
            told, status = (b"", self.admits(words)) if is_login else self.answer(command, words)
            self.wfile.write(told + tag + b" " + status + b" so be it\r\n")

    def admits(self, words: list[bytes]) -> bytes:
        """Whoever has not a wrong password; anybody else hears their own again."""
        if words == [b"PLAIN"]:
            self.wfile.write(b"+ \r\n")
            return b"BAD What is " + self.rfile.readline().strip()
        return b"NO I know nobody by " + b" ".join(words) if b'"wrong"' in words else b"OK"

    def answer(self, command: bytes, words: list[bytes]) -> tuple[bytes, bytes]:
        match command, words:
            case b"CAPABILITY", _:
                return b"* %b\r\n" % self.can, b"OK"
            case b"SELECT", _:
                return b"* %d EXISTS\r\n" % max(self.mails), b"OK"
            case b"FETCH", [window, *_] if len(self.moved) < len(self.mails):
                assert window == b"1:%d" % max(self.mails)
                return b"".join(
                    b"* %d FETCH (FLAGS (\\seen) uid %d)\r\n" % (n, n) for n in range(1, max(self.mails) + 1)
                ), b"OK"
            case b"UID", [b"FETCH", uid, *_] if int(uid) not in self.mails:
                return b"", self.no
            case b"UID", [b"FETCH", uid, *_]:
                mail = self.mails[int(uid)]
                return b"* %b FETCH (BODY[] {%d}\r\n%b)\r\n" % (uid, len(mail), mail), b"OK"
            case b"UID", [b"MOVE", uid, *_]:
                self.moved.append(uid)
        return b"", b"OK"


def collected(mails: dict[int, bytes], login: str = "ada:word", no: bytes = b"NO") -> tuple[int, int]:
    """How many mails two rounds in a row dealt with."""
    Stubborn.mails, Stubborn.moved, Stubborn.no = mails, [], no
    with ThreadingTCPServer((HOST, 0), Stubborn) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        mailbox = config.imap(f"imap://{login}@{HOST}:{server.server_address[1]}/INBOX?tls=none")
        assert mailbox
        try:
            return letterbox.Collector(mailbox).collect(), letterbox.Collector(mailbox).collect()
        finally:
            server.shutdown()
