"""When each of the worker's duties was last done: a dead scheduler shows (G1)."""

from datetime import datetime

from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter import clock
from newsletter.columns import Instant
from newsletter.db import Base, insert_once, transaction


class JobRun(Base):
    """The last run of one duty."""

    __tablename__ = "job_runs"

    job: Mapped[str] = mapped_column(primary_key=True)
    finished_at: Mapped[datetime] = mapped_column(Instant)
    done: Mapped[int]
    total: Mapped[int]


def record(job: str, done: int) -> None:
    """This duty has just been done; `done` is how many things it did."""
    with transaction() as session:
        insert_once(session, JobRun, {"job": job, "finished_at": clock.now(), "done": 0, "total": 0})
        run = session.get_one(JobRun, job, with_for_update=True)
        run.finished_at, run.done, run.total = clock.now(), done, run.total + done


def last(session: Session, job: str) -> datetime | None:
    run = session.get(JobRun, job)
    return run.finished_at if run else None
