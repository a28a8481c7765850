"""What a server counts of itself, written for Prometheus (text format 0.0.4)."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

#: Upper bounds of the classes that durations fall into, in seconds.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_Labels = tuple[tuple[str, str], ...]


class Counts:
    """Requests by route, method and status, and how long they took."""

    def __init__(self) -> None:
        #: By route, method and status.
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._durations: dict[str, list[int]] = {}
        self._seconds: Counter[str] = Counter()
        self._stopped: Counter[str] = Counter()
        self._lock = Lock()
        #: Requests that run now.
        self.running = 0

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        with self._lock:
            self._requests[route, method, status] += 1
            classes = self._durations.get(route)
            if classes is None:
                classes = self._durations[route] = [0] * (len(BOUNDS) + 1)
            classes[bisect_left(BOUNDS, seconds)] += 1
            self._seconds[route] += seconds  # type: ignore[assignment]

    def stopped(self, limit: str) -> None:
        """Count a query that was stopped at a limit."""
        with self._lock:
            self._stopped[limit] += 1

    def told(self) -> list[Any]:
        """Return what has been counted since the last time, for ``add`` of another process."""
        with self._lock:
            found = [
                [[*key, count] for key, count in self._requests.items()],
                [
                    [route, classes, self._seconds[route]]
                    for route, classes in self._durations.items()
                ],
            ]
            self._requests.clear()
            self._durations.clear()
            self._seconds.clear()
        return found

    def add(self, told: list[Any]) -> None:
        """Count what another process has counted."""
        requests, durations = told
        with self._lock:
            for route, method, status, count in requests:
                self._requests[route, method, status] += count
            for route, classes, seconds in durations:
                before = self._durations.setdefault(route, [0] * (len(BOUNDS) + 1))
                self._durations[route] = [a + b for a, b in zip(before, classes, strict=True)]
                self._seconds[route] += seconds

    def text(self, gauges: Mapping[str, tuple[str, float]]) -> str:
        """Return everything in the exposition format; ``gauges`` are help and value by name."""
        with self._lock:
            lines = [
                *_head("kg_requests_total", "counter", "Requests answered."),
                *(f"kg_requests_total{_request(*k)} {v}" for k, v in self._requests.items()),
                *_head("kg_stopped_total", "counter", "Queries stopped at a limit."),
                *(f'kg_stopped_total{{limit="{k}"}} {v}' for k, v in self._stopped.items()),
                *_head("kg_request_seconds", "histogram", "How long answers took."),
            ]
            for route, classes in self._durations.items():
                total = 0
                for bound, count in zip((*BOUNDS, "+Inf"), classes, strict=True):
                    total += count
                    labels = _labels((("route", route), ("le", str(bound))))
                    lines.append(f"kg_request_seconds_bucket{labels} {total}")
                labels = _labels((("route", route),))
                lines.append(f"kg_request_seconds_sum{labels} {self._seconds[route]:.6f}")
                lines.append(f"kg_request_seconds_count{labels} {total}")
        for name, (meaning, value) in gauges.items():
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [*_head(name, kind, meaning), f"{name} {_number(value)}"]
        return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Return a number in full: six digits of a time of day are hours off.

    >>> _number(1795760310.25), _number(12_345_678.0), _number(0.0)
    ('1795760310.25', '12345678', '0')
    """
    return str(int(value)) if value == int(value) else repr(float(value))


def _head(name: str, kind: str, meaning: str) -> Iterable[str]:
    return (f"# HELP {name} {meaning}", f"# TYPE {name} {kind}")


def _request(route: str, method: str, status: int) -> str:
    return _labels((("route", route), ("method", method), ("status", str(status))))


def _labels(labels: _Labels) -> str:
    inside = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels)
    return f"{{{inside}}}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
