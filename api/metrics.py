"""Prometheus metrics: requests, the process, and what waits in the hub. Counts only, nobody's data."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from hub.store.engine import Database
from hub.store.queues import queue_lengths, uploads_by_status

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_BUCKETS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 30.0)


class Metrics:
    """One registry for an application: two applications in one process do not share counts.

    Attributes:
        open: what anybody may read: the process alone.
        full: everything. Counts of requests and uploads would tell a dealer of its rivals, so only the importer's
            people get them.
    """

    def __init__(self, database: Database) -> None:
        self.open = CollectorRegistry()
        self.full = CollectorRegistry()
        ProcessCollector(registry=self.open)
        ProcessCollector(registry=self.full)
        self.requests = Counter(
            "dealerhub_http_requests",
            "Requests by route and status.",
            ["method", "route", "status"],
            registry=self.full,
        )
        self.seconds = Histogram(
            "dealerhub_http_request_seconds",
            "Time to answer.",
            ["method", "route"],
            registry=self.full,
            buckets=_BUCKETS,
        )
        self._series: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self.runs = Counter(
            "dealerhub_processing_runs",
            "Runs of this process's worker over waiting uploads.",
            ["outcome"],
            registry=self.full,
        )
        self.full.register(_Hub(database))

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        of = (method if method in _METHODS else "OTHER", route, status)
        if of not in self._series:  # routes are templates, so there are few of these
            self._series[of] = self.requests.labels(of[0], route, str(status)), self.seconds.labels(of[0], route)
        requests, times = self._series[of]
        requests.inc()
        times.observe(seconds)

    def text(self, everything: bool) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self.full if everything else self.open)


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class _Hub(Collector):
    """Gauges read from the database when asked for."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def describe(self) -> list[GaugeMetricFamily]:
        return []  # no query at registration

    def collect(self) -> Iterator[GaugeMetricFamily]:
        up = GaugeMetricFamily("dealerhub_database_up", "1 if the database answers.")
        uploads = GaugeMetricFamily("dealerhub_uploads", "Uploads by status.", labels=["status"])
        queues = GaugeMetricFamily("dealerhub_queue_length", "What waits, by queue.", labels=["queue"])
        try:
            with self.database.api(role="head_office") as conn:
                for status, count in uploads_by_status(conn).items():
                    uploads.add_metric([status], count)
                for queue, count in queue_lengths(conn).items():
                    queues.add_metric([queue], count)
            up.add_metric([], 1)
        except SQLAlchemyError:
            up.add_metric([], 0)
        yield from (up, uploads, queues)
