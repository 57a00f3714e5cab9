"""What a worker says while its database is away (PRODUCT 6)."""

from tests.databases import only_reading
from tests.journeys.processes.running import Service, installation, on_postgresql, stop
from tests.servers import HOST, free_port, wait_until


def test_a_database_that_is_away_fills_no_disk_with_what_is_said_about_it() -> None:
    with installation(f"postgresql://newsletter@{HOST}:{free_port()}/newsletter") as service:
        worker = service.worker()
        wait_until(lambda: worker.output().count('"connection failed') >= 4, "looks for the database")
        stop(worker)

        assert "Traceback" not in worker.output()


@on_postgresql
def test_nor_does_a_database_that_only_reads(installed: Service, database_url: str) -> None:
    """As one that stands by for hours."""
    with only_reading(database_url):
        worker = installed.worker()
        wait_until(lambda: worker.output().count("read-only transaction") >= 4, "tries to write")
        stop(worker)

    assert "Traceback" not in worker.output()
