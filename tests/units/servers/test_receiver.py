"""A receiver keeps what it was sent, and takes nothing for sent that is not."""

import socket

from tests.receivers import Receiver
from tests.servers import HOST

HEAD = b"POST /hook HTTP/1.1\r\nHost: receiver\r\nContent-Length: 2\r\n\r\n"


def test_a_request_whose_sender_dies_before_its_end_is_none() -> None:
    with Receiver() as receiver:
        for sent in (HEAD, HEAD + b"{", HEAD + b"{}"):
            with socket.create_connection((HOST, receiver.port), timeout=10) as sender:
                sender.sendall(sent)
                sender.shutdown(socket.SHUT_WR)
                sender.recv(100)

        assert [request.body for request in receiver.requests] == [b"{}"]
