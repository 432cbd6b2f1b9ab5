"""What Prometheus may count: numbers by route, status and outcome. No question, name or address is in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rag.answer import PARTS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """The counters of one application, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "sourcebound_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._limited = Counter("sourcebound_rate_limited", "Requests refused as too many.", registry=self.registry)
        self._seconds = Histogram(
            "sourcebound_answer_seconds",
            "From the question to its kept answer.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._outcomes = Counter(
            "sourcebound_answers", "Questions by what came of them.", ("outcome",), registry=self.registry
        )
        self._claims = Counter(
            "sourcebound_claims", "Claims of answers, shown or withheld.", ("fate",), registry=self.registry
        )
        self.in_flight = Gauge("sourcebound_asks_in_flight", "Questions being answered.", registry=self.registry)

    def request(self, method: str, route: str, status: int, took_s: float) -> None:
        """Count a request."""
        self._requests.labels(method, route, str(status)).inc()
        if status == 429:
            self._limited.inc()

    def answered(self, record: Mapping[str, Any], took_s: float) -> None:
        """Count an answer by its record."""
        self._seconds.observe(took_s)
        self._outcomes.labels(record["outcome"]).inc()
        self._claims.labels("shown").inc(sum(len(record[part]) for part in PARTS))
        self._claims.labels("withheld").inc(len(record["withheld"]))

    def failed(self, why: str) -> None:
        """Count a question that was not answered: "refused", "error", "timeout" or "cancelled"."""
        self._outcomes.labels(why).inc()

    def text(self) -> bytes:
        """All of it, in the text format that Prometheus reads."""
        return generate_latest(self.registry)
