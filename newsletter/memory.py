"""What a process that has loaded everything need not look at any more."""

import gc


def spare_collections() -> None:
    """What is loaded by now stays, and is not looked at again; neither requests nor letters leave many cycles."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
