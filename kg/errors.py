"""The errors Gambit raises on purpose, and the exit code each one means.

::

    KgError
    ├── NoError             1   the answer is no
    │   ├── UnknownNameError        nothing of that name
    │   └── AmbiguousNameError      several things of that name
    ├── UsageError          2   the request makes no sense
    ├── DataError           3   unreadable or refused data
    │   ├── UnreadableError         cannot be read or parsed (file, line, column)
    │   ├── QueryError              SPARQL that does not parse (line, column)
    │   ├── RefusedError            readable, but not accepted
    │   └── LimitError              stopped: it took more time, memory or room than allowed
    └── MissingError        4   a file, a library or a place to write is missing
        └── EndpointError           a server that is down, slow, or answers nonsense

Raise where the facts are known. Only the terminal (``kg.cli``) turns an error
into words; a traceback there is a bug of ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class KgError(Exception):
    """What went wrong, where, and one hint.

    ``str(error)`` is one line: ``path:line:column: message`` with the parts that
    are known.
    """

    exit_code = 3

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        path: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = [str(part) for part in (self.path, self.line, self.column) if part is not None]
        # A column without a line, or a line without a file, still says something.
        return ": ".join([":".join(place), self.message]) if place else self.message


class NoError(KgError):
    """The question was understood and the answer is no."""

    exit_code = 1


class UnknownNameError(NoError):
    """Nothing in the graph goes by this name, which is in ``name`` where a name was resolved."""

    def __init__(self, message: str, *, hint: str | None = None, name: str = "") -> None:
        super().__init__(message, hint=hint)
        self.name = name


class AmbiguousNameError(NoError):
    """Several things go by this ``name``; ``candidates`` are their CURIEs."""

    def __init__(
        self,
        message: str,
        *,
        candidates: tuple[str, ...],
        hint: str | None = None,
        name: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.candidates = candidates
        self.name = name


class UsageError(KgError):
    """The request makes no sense as it stands."""

    exit_code = 2


class DataError(KgError):
    """Data that cannot be used."""

    exit_code = 3


class UnreadableError(DataError):
    """A file that cannot be read or parsed."""


class QueryError(DataError):
    """A query that does not parse, or that the engine rejects."""


class RefusedError(DataError):
    """Readable, but not accepted: too large, not allowed, or not in order."""


class LimitError(DataError):
    """A query that was stopped at a limit; ``limit`` names it.

    One of time, memory, rows, size (of the answer), queue (too many at once) and workers
    (no process for it can be started).
    """

    def __init__(
        self,
        message: str,
        *,
        limit: str = "",
        hint: str | None = None,
        path: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message, hint=hint, path=path, line=line, column=column)
        self.limit = limit


class MissingError(KgError):
    """A file, a library or a place to write is missing."""

    exit_code = 4


class EndpointError(MissingError):
    """A server that does not answer, or whose answer cannot be used.

    ``status`` is that of HTTP where the server gave one.
    """

    def __init__(self, message: str, *, hint: str | None = None, status: int = 0) -> None:
        super().__init__(message, hint=hint)
        self.status = status
