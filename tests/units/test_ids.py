"""Identifiers: made of the time and of randomness that no two processes share."""

import os

from newsletter import clock, ids


def test_identifiers_sort_by_time_and_are_never_the_same() -> None:
    made = [ids.new() for _ in range(3 * ids.DRAWN_AHEAD)]

    assert len(set(made)) == len(made)
    assert [ids.instant_of(name) for name in made] == sorted(ids.instant_of(name) for name in made)
    assert (clock.now() - ids.instant_of(made[-1])).total_seconds() < 5


def test_a_process_shares_no_randomness_with_the_one_that_it_came_from() -> None:
    ids.new()
    reader, writer = os.pipe()
    if os.fork() == 0:
        os.write(writer, str(ids.random_bits()).encode())
        os._exit(0)
    os.wait()
    theirs = int(os.read(reader, 100))
    os.close(reader)
    os.close(writer)

    assert theirs not in [ids.random_bits() for _ in range(ids.DRAWN_AHEAD)]
