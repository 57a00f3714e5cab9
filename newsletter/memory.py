"""What a process that has loaded everything need not look at any more."""

import gc


def spare_collections() -> None:
    """Let the garbage collector pass over what is loaded, and run seldom: requests and letters leave few cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def collect() -> None:
    """For what leaves circles of tens of megabytes: run so seldom, the collector would let several pile up."""
    gc.collect()
