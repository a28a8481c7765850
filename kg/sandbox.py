"""The inside of a worker: run one query after another with no right that it does not need.

``kg.worker`` starts it and holds the clock. The two talk in frames: a letter, a
length, the content.

::

    parent to worker    P folder | D N-Quads (a new interpreter, once) | Q query
    worker to parent    R ready | T piece of the answer | S A C end of it | E error
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import pyoxigraph as ox
from pyoxigraph import QueryResultsFormat, RdfFormat

from kg import errors, sparql
from kg.errors import KgError, LimitError, QueryError
from kg.results import ordered
from kg.store import Store
from kg.vocab import PREFIXES

if TYPE_CHECKING:
    from typing_extensions import Buffer


class Limits(NamedTuple):
    """What one query may use before it is stopped.

    ``memory_mb`` comes on top of what the engine takes for the opened store (Linux
    only). ``rows`` (triples of a CONSTRUCT) and ``size_mb`` bound the answer, which
    the parent has to hold.
    """

    timeout_s: float = 30.0
    memory_mb: int = 1024
    rows: int = 5_000_000
    size_mb: int = 256


#: What a query may use when nobody says otherwise.
DEFAULT = Limits()


class View(NamedTuple):
    """What a query sees: which graphs, and what its relative IRIs are relative to.

    ``graphs`` are those of the default graph, and the named ones; None leaves that to the
    query's own FROM clauses when ``own`` is set, and else shows the union of all graphs.
    """

    base: str = ""
    own: bool = False
    graphs: tuple[tuple[str, ...], tuple[str, ...]] | None = None

    def options(self) -> dict[str, Any]:
        """Return what the engine takes for it."""
        found: dict[str, Any] = {"prefixes": PREFIXES}
        if self.base:
            found["base_iri"] = self.base
        if self.graphs is not None:
            default, named = self.graphs
            found["default_graph"] = [ox.NamedNode(iri) for iri in default]
            found["named_graphs"] = [ox.NamedNode(iri) for iri in named]
        elif not self.own:
            # (It would also override a FROM of the query.)
            found["use_default_graph_as_union"] = True
        return found


#: The union of all graphs.
UNION = View()


def syntax_error(text: str, bound: str, error: SyntaxError) -> QueryError:
    """Return the error to raise for ``bound``, with the place in ``text``, as it was written.

    This runs beginnings of the query: for a query that is not ours, call it in a worker.
    """
    if bound != text:
        try:
            ox.Store().query(text, prefixes=PREFIXES)
        except SyntaxError as unbound:
            return sparql.engine_error(text, unbound)
        return QueryError(
            "a value stands where the query cannot have one of its kind",
            hint="a text cannot be a property: give an id, as kg search prints it",
        )
    return sparql.engine_error(text, error)


def main(parent: int) -> NoReturn:
    """Serve as a new interpreter: the store arrives as the first frame."""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        serve(parent, restore)
    os._exit(0)


def restore(jobs: IO[bytes]) -> Store:
    """Return the store that the next frame tells of (``kg.worker.snapshot``)."""
    frame = read_frame(jobs)
    if frame is None:
        os._exit(0)
    kind, content = frame
    if kind == b"P":
        place = Path(os.fsdecode(content))
        return Store(ox.Store.read_only(str(place)), {}, "", place)
    engine = ox.Store()
    # (Not bulk_load, which calls blank nodes by new names: another one in each worker.)
    engine.bulk_extend(ox.parse(content, format=RdfFormat.N_QUADS))
    return Store(engine, {}, "")


def serve(parent: int, open_store: Callable[[IO[bytes]], Store]) -> None:
    """Open the store, let go of every right that is not needed, and answer until nobody asks."""
    import gc
    import signal

    gc.freeze()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["RUST_BACKTRACE"] = "0"
    jobs, answers = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    protections = _isolate(parent)
    try:
        store = open_store(jobs)
    except KgError as error:
        write_frame(answers, b"E", error_parts(error))
        return
    except (OSError, RuntimeError) as error:
        gone = errors.UnreadableError(
            f"the compiled store cannot be opened: {error}", hint="run it again"
        )
        write_frame(answers, b"E", error_parts(gone))
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
    rights = _Rights(store)
    write_frame(answers, b"R", _pack(" ".join([*protections, *rights.names]).encode()))
    while (frame := read_frame(jobs)) is not None:
        *numbers, cut, text, bound, view, form = (p.decode("utf-8") for p in unpack(frame[1]))
        limits = Limits(float(numbers[0]), *map(int, numbers[1:]))
        try:
            rights.drop(limits)
            try:
                options = _unpack_view(view).options()
                kind, flags = _answer(
                    lambda asked: store.engine.query(asked, **options),  # noqa: B023  used here
                    text,
                    bound,
                    int(cut) if cut else None,
                    limits,
                    answers,
                    rights,
                    form,
                )
                parts = [flags]
            finally:
                rights.regain()
        except MemoryError:
            kind, parts = b"E", [b" leaving", *_from_error(too_much_memory(limits))]
        except KgError as error:
            kind, parts = b"E", [b"", *_from_error(error)]
        if rights.grown():
            parts[0] += b" leaving"  # memory that is not given back is missing to the next query
        write_frame(answers, kind, _pack(*parts))


def _answer(
    ask: Callable[[str], ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples],
    text: str,
    bound: str,
    limit: int | None,
    limits: Limits,
    answers: IO[bytes],
    rights: _Rights,
    form: str,
) -> tuple[bytes, bytes]:
    """Write the answer, and return what kind it is of and whether it was truncated."""
    sink = _Sink(answers, limits)
    try:
        answer = ask(bound)
        if isinstance(answer, ox.QuerySolutions):
            ordered_text = sparql.spelled_out(bound, [v.value for v in answer.variables])
            if ordered_text != bound:
                answer = ask(ordered_text)
        if isinstance(answer, ox.QueryBoolean):
            sink.write(b"1" if answer else b"0")
            sink.send()
            return b"A", b""
        if isinstance(answer, ox.QueryTriples):
            return b"C", _triples(answer, limit, limits, sink)
        if form == "json" and limit is None:
            sink.bound_rows()
            answer.serialize(sink, format=QueryResultsFormat.JSON)
            sink.write(b"\n")
            sink.send()
            return b"S", b""
        sink.bound_lines(limit)
        try:
            answer.serialize(sink, format=QueryResultsFormat.TSV)
            flags = b""
        except _EnoughError:
            flags = b"truncated"
        sink.send()
        return b"S", flags
    except SyntaxError as error:
        rights.regain_files()  # to explain it takes modules that are not loaded yet
        raise syntax_error(text, bound, error) from error
    except (OSError, RuntimeError, ValueError) as error:
        raise QueryError(f"the engine gave up: {error}", hint="simplify the query") from error


def _triples(answer: ox.QueryTriples, limit: int | None, limits: Limits, sink: _Sink) -> bytes:
    found = set()
    for triple in answer:
        found.add(triple)
        if len(found) > limits.rows:
            raise _too_many_rows(limits)
    for triple in ordered(found)[:limit]:
        sink.write(f"{triple} .\n".encode())
    sink.send()
    return b"truncated" if limit is not None and len(found) > limit else b""


class _EnoughError(Exception):
    """As many rows as are wanted have been written."""


class _Sink(io.BytesIO):
    """A file that the engine writes to, and that sends on what the limits let through."""

    def __init__(self, answers: IO[bytes], limits: Limits) -> None:
        super().__init__()
        self._answers = answers
        self._limits = limits
        self._bytes_left = limits.size_mb * 1_000_000
        self._lines_left = sys.maxsize
        self._wanted = self._enough = False
        self._mark, self._tail = b"\n", b""
        self._pieces: list[bytes] = []
        self._held = 0

    def bound_lines(self, limit: int | None) -> None:
        """Let through a header and that many rows, or as many as the limits allow."""
        self._wanted = limit is not None and limit <= self._limits.rows
        rows = self._limits.rows if limit is None else min(limit, self._limits.rows)
        self._lines_left = 1 + rows

    def bound_rows(self) -> None:
        """Let through as many rows of JSON as the limits allow."""
        # What stands between two rows. In a string of JSON its quotes would be escaped.
        self._mark = b'"}},{"'
        self._lines_left = self._limits.rows - 1

    def write(self, chunk: Buffer, /) -> int:
        content = bytes(chunk)
        if self._enough:
            return len(content)  # the engine empties its buffer once more when it is stopped
        lines = content.count(self._mark)
        if len(self._mark) > 1:
            edge = len(self._mark) - 1
            lines += (self._tail + content[:edge]).count(self._mark)
            self._tail = (self._tail + content)[-edge:]
        self._enough = enough = lines > self._lines_left
        if enough:
            if not self._wanted:
                raise _too_many_rows(self._limits)
            # (Not splitlines: it also splits at carriage returns and form feeds.)
            kept = content.split(b"\n", self._lines_left)[: self._lines_left]
            content = b"".join(line + b"\n" for line in kept)
        self._lines_left -= lines
        self._bytes_left -= len(content)
        if self._bytes_left < 0:
            self._enough = True
            raise _too_large(self._limits)
        self._pieces.append(content)
        self._held += len(content)
        if self._held > 60_000:
            self.send()
        if enough:
            raise _EnoughError
        return len(content)

    def send(self) -> None:
        """Send what is held back to make larger frames."""
        if self._pieces:
            write_frame(self._answers, b"T", b"".join(self._pieces))
        self._pieces, self._held = [], 0


def _isolate(parent: int) -> list[str]:
    """Give up, before there are threads, what can be given up for good; return what it was.

    On other systems than Linux nothing: there, the parent's clock is what protects.
    """
    if sys.platform != "linux":
        return []
    import ctypes
    import signal

    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)  # it died before we asked to be told
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    given_up = ["parent"]
    user, group = os.geteuid(), os.getegid()
    # Root may have a new network alone, and keeps its sight of other people's files.
    if libc.unshare(_CLONE_NEWNET) == 0:
        given_up.append("network")
    elif libc.unshare(_CLONE_NEWNET | _CLONE_NEWUSER) == 0:
        given_up.append("network")
        with suppress(OSError):  # stay who we are: the home folder depends on it
            for name, line in (
                ("uid_map", f"{user} {user} 1"),
                ("setgroups", "deny"),
                ("gid_map", f"{group} {group} 1"),
            ):
                with open(f"/proc/self/{name}", "w") as stream:  # noqa: PTH123
                    stream.write(line)
    return given_up


# linux/prctl.h and linux/sched.h; Python has os.unshare from 3.12 on.
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x1000_0000, 0x4000_0000


class _Rights:
    """What a worker may do while the engine evaluates, and between two queries."""

    def __init__(self, store: Store) -> None:
        #: What is given up, in words.
        self.names: list[str] = []
        self._base = 0
        if sys.platform == "win32":
            return
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        self.names.append("writing")
        # Without a free descriptor nothing can be opened, neither file nor socket.
        # An engine that has not opened all of its files yet needs some later on.
        self._files = 0 if _all_open(store) else None
        if self._files == 0:
            self.names.append("files")
        self._base = _data_kb()
        if self._base:
            self.names.append("memory")

    def drop(self, limits: Limits) -> None:
        """Before a query: bound its memory, take the files away, and set an alarm.

        The alarm is for a parent that is not there any more, or too busy to look.
        """
        if sys.platform == "win32":
            return
        import resource
        import signal

        if self._base:
            # RLIMIT_AS would count the address space that allocators reserve as well.
            _soft(resource.RLIMIT_DATA, self._base * 1024 + limits.memory_mb * 1_000_000)
        if self._files is not None:
            _soft(resource.RLIMIT_NOFILE, self._files)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, limits.timeout_s + 1)

    def regain_files(self) -> None:
        """Let files be opened again."""
        if sys.platform != "win32":
            import resource

            _soft(resource.RLIMIT_NOFILE, None)

    def regain(self) -> None:
        """After a query: what waiting for the next one takes."""
        if sys.platform != "win32":
            import resource
            import signal

            signal.setitimer(signal.ITIMER_REAL, 0)
            _soft(resource.RLIMIT_DATA, None)
            _soft(resource.RLIMIT_NOFILE, None)

    def grown(self) -> bool:
        """Whether the process holds much more memory than when it had only opened the store."""
        return self._base > 0 and _data_kb() > self._base + 100_000


def _soft(which: int, value: int | None) -> None:
    """Set a limit that can be taken back; None takes it back."""
    import resource

    hard = resource.getrlimit(which)[1]
    if value is None or (hard != resource.RLIM_INFINITY and value > hard):
        value = hard
    resource.setrlimit(which, (value, hard))


def _data_kb() -> int:
    """Return the memory that RLIMIT_DATA counts; 0 where the system does not tell."""
    with suppress(OSError), open("/proc/self/status", "rb") as lines:  # noqa: PTH123
        for line in lines:
            if line.startswith(b"VmData:"):
                return int(line.split()[1])
    return 0


def _all_open(store: Store) -> bool:
    if store.place is None:
        return True
    with suppress(OSError):
        there = sum(entry.suffix == ".sst" for entry in store.place.iterdir())
        here = 0
        for entry in Path("/proc/self/fd").iterdir():
            with suppress(OSError):  # the one of this listing
                here += entry.readlink().suffix == ".sst"
        return here >= there
    return False


# ---------------------------------------------------------------- errors that cross


def too_long(limits: Limits) -> LimitError:
    """Return the error for a query that was stopped by the clock."""
    return LimitError(
        f"the query was stopped after {limits.timeout_s:g} s",
        limit="time",
        hint="name more of what is known, drop patterns that share no variable with the "
        "rest, or allow more with --timeout",
    )


def too_much_memory(limits: Limits) -> LimitError:
    """Return the error for a query that got no more memory."""
    return LimitError(
        f"the query needs more than {limits.memory_mb:,} MB of memory",
        limit="memory",
        hint="sort, group or join less: narrower patterns, or LIMIT in a sub-select",
    )


def _too_many_rows(limits: Limits) -> LimitError:
    return LimitError(
        f"the answer has more than {limits.rows:,} rows",
        limit="rows",
        hint="add LIMIT to the query, or ask for its first rows with --limit",
    )


def _too_large(limits: Limits) -> LimitError:
    return LimitError(
        f"the answer has more than {limits.size_mb:,} MB",
        limit="size",
        hint="select fewer columns, or add LIMIT to the query",
    )


def _from_error(error: KgError) -> list[bytes]:
    facts = (
        type(error).__name__,
        error.message,
        error.hint,
        error.path,
        error.line,
        error.column,
        getattr(error, "limit", None),
    )
    return [b"" if fact is None else str(fact).encode("utf-8", "replace") for fact in facts]


def error_parts(error: KgError) -> bytes:
    """Return the content of an E frame for an error of ours."""
    return _pack(b"", *_from_error(error))


def as_error(parts: list[bytes]) -> KgError:
    """Return the error in the parts of an E frame, which come behind its flags."""
    name, message, hint, path, line, column, limit = (part.decode("utf-8") for part in parts[1:])
    kind: type[KgError] = getattr(errors, name)
    error = kind(
        message,
        hint=hint or None,
        path=path or None,
        line=int(line) if line else None,
        column=int(column) if column else None,
    )
    if isinstance(error, LimitError):
        error.limit = limit
    return error


# ---------------------------------------------------------------- frames


def pack_job(
    text: str,
    bound: str,
    limit: int | None,
    limits: Limits,
    view: View = UNION,
    form: str = "tsv",
) -> bytes:
    """Return the content of a Q frame; QueryError for text that is not UTF-8."""
    # IRIs have no space in them.
    lists = [" ".join(iris) for iris in view.graphs] if view.graphs is not None else []
    seen = "\n".join([view.base, "own" if view.own else "", *lists])
    parts = [*map(str, limits), "" if limit is None else str(limit), text, bound, seen, form]
    try:
        return _pack(*(part.encode("utf-8") for part in parts))
    except UnicodeEncodeError:
        raise QueryError("the query is not UTF-8", hint="save it as UTF-8") from None


def _unpack_view(text: str) -> View:
    base, own, *lists = text.split("\n")
    graphs = (tuple(lists[0].split()), tuple(lists[1].split())) if lists else None
    return View(base, bool(own), graphs)


def write_frame(stream: IO[bytes], kind: bytes, content: bytes) -> None:
    """Write one frame and push it out."""
    stream.write(kind + len(content).to_bytes(8, "big"))
    stream.write(content)
    stream.flush()


def read_frame(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return the next frame; None when the other side is gone, in the middle of one too."""
    head = stream.read(9)
    if len(head) < 9:
        return None
    length = int.from_bytes(head[1:], "big")
    content = stream.read(length)
    return None if len(content) < length else (head[:1], content)


def _pack(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def unpack(content: bytes) -> list[bytes]:
    """Return the parts that a frame's content was put together from."""
    parts, position = [], 0
    while position < len(content):
        start = position + 8
        position = start + int.from_bytes(content[position:start], "big")
        parts.append(content[start:position])
    return parts
