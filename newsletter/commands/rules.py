"""What has passed its term or deadline is forgotten, rule by rule."""

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial

from newsletter import jobs, logs, privacy
from newsletter.db import wipe_log

log = logs.get("retention")


class Rule:
    """One rule of retention, a batch at a time; noted as done when there is nothing left for it to do.

    Storage that is away is in no other rule's way, and nothing is noted, so that the age shows in the metrics.
    """

    def __init__(self, name: str, step: Callable[[], int]) -> None:
        self.name, self.step, self.total = name, step, 0

    def __call__(self) -> int:
        try:
            done = self.step()
        except OSError as error:
            log.error("not forgotten", rule=self.name, error=str(error))
            return 0
        self.total += done
        if done < privacy.BATCH:
            jobs.record(self.name, self.total)
            self.total = 0
        return done


def rules(allowed: Collection[str] = ()) -> Iterator[Rule]:
    """Every rule; of the newsletters `allowed`, what nobody uses ends however much that is."""
    steps: Mapping[str, Callable[[], int]] = {**privacy.RULES, "unused": partial(privacy.end_unused, allowed)}
    return (Rule(name, step) for name, step in steps.items())


def forget(allowed: Collection[str] = ()) -> dict[str, int]:
    done = {rule.name: all_of(rule) for rule in rules(allowed)}
    wipe_log()
    return done


def all_of(rule: Rule) -> int:
    total = done = rule()
    while done >= privacy.BATCH:
        done = rule()
        total += done
    return total
