"""Who calls has to be done in time, however little they send at once."""

from contextlib import closing
from socket import socketpair

import pytest
from gunicorn.http.errors import NoMoreData

from newsletter import clock
from newsletter.callers import WHOLE, Caller


def test_a_request_that_is_not_whole_in_time_has_ended() -> None:
    theirs, ours = socketpair()
    with closing(theirs), closing(ours):
        caller = Caller(ours)
        caller.begin()
        assert WHOLE - 1 < caller.until - clock.monotonic() <= WHOLE
        theirs.sendall(b"GET /")
        assert caller.recv(100) == b"GET /"

        caller.until = clock.monotonic()
        theirs.sendall(b"what is there already is taken")
        assert caller.recv(4) == b"what"
        assert caller.recv(100).endswith(b"taken")
        with pytest.raises(NoMoreData):
            caller.recv(100)

        caller.begin()
        theirs.close()
        with pytest.raises(NoMoreData):
            caller.recv(100)
