"""Run a query that nobody has checked, in a process that can be killed.

No engine can be interrupted, and ten lines of SPARQL over no data at all can run
for years or fill the memory. So a query that is not one of ours runs in a worker:
a child process that has the store open for reading, no network, no files, a bound
on its memory, and a parent with a clock. ``Worker`` is one such process, for one
query at a time; ``Pool`` keeps several warm for a long-lived program.
docs/decisions/0005-untrusted-queries.md has the measurements.

Between the two run frames: a letter, a length, the content.

::

    parent to worker    P folder | D N-Quads (a spawned one, once) | Q query
    worker to parent    R ready | T piece of the answer | S A C end of it | E error
"""

from __future__ import annotations

import io
import os
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, Protocol, Self

import pyoxigraph as ox
from pyoxigraph import QueryResultsFormat, RdfFormat

from kg import errors
from kg.errors import KgError, LimitError, QueryError, UsageError
from kg.results import Result
from kg.store import Store
from kg.turtle import natural
from kg.vocab import PREFIXES

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType

    from typing_extensions import Buffer

#: A store, or how to open it when it is not open yet.
Source = Store | Callable[[], Store]
# What a new interpreter needs to see a store: the first frame for it.
_Snapshot = tuple[bytes, bytes]


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


class Runner(Protocol):
    """What runs untrusted queries: a ``Worker`` or a ``Pool``."""

    def run(
        self, text: str, bound: str, *, limit: int | None = None, limits: Limits = DEFAULT
    ) -> Result:
        """Run ``bound``, which is ``text`` with its parameters put in."""


def syntax_error(text: str, bound: str, error: SyntaxError) -> QueryError:
    """Return the error to raise for ``bound``, with the place in ``text``, as it was written.

    This runs beginnings of the query: for a query that is not ours, call it in a worker.
    """
    from kg import sparql

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


# ---------------------------------------------------------------- the parent's side


class Worker:
    """One process that answers queries over one store, one at a time.

    It starts with the first query, or with ``start``. On Linux it is a fork as long
    as this process has one thread (a compiled store that is open here has more),
    which costs a millisecond; else a new interpreter. Use it as a context manager,
    or ``close`` it. Not for use by several threads at once: that is what ``Pool`` does.
    """

    def __init__(self, store: Source | _Snapshot) -> None:
        self._store = store
        self._process: subprocess.Popen[bytes] | _Forked | None = None
        self._owner = 0
        self._ready = False
        self._expired = False
        #: What the process gave up on this system; known once it is ready.
        self.protections: tuple[str, ...] = ()

    def start(self) -> None:
        """Start the process, if it does not run, and do not wait until it is ready.

        Worth calling before something that opens the store in this process.
        """
        if self.running:
            return
        self._ready = self._expired = False
        self._owner = os.getpid()
        if not isinstance(self._store, tuple) and _may_fork(self._store):
            self._process = _fork(self._store)
            return
        kind, content = self._store if isinstance(self._store, tuple) else _snapshot(self._store)
        self._process = _spawn()
        self._send(kind, content)

    @property
    def running(self) -> bool:
        """Whether the process is there to take a query."""
        return self._process is not None and self._owner == os.getpid()

    def run(
        self, text: str, bound: str, *, limit: int | None = None, limits: Limits = DEFAULT
    ) -> Result:
        """Run ``bound``, which is ``text`` with its parameters put in, and return its result.

        Both have passed ``sparql.outline``. At most ``limit`` rows are wanted. Raises
        LimitError, after which the next query gets a new process; QueryError, also
        when the engine crashes; and what opening the store raises.
        """
        job = _encode(text, bound, limit, limits)
        try:
            self.wait()
            return self._ask(job, limits)
        except KgError:
            raise
        except BaseException:
            self.close()  # Ctrl-C: nobody waits for it any more
            raise

    def wait(self) -> None:
        """Wait until the process, started now if need be, has opened the store.

        Raises what opening it raises.
        """
        self.start()
        if self._ready:
            return
        frame = self._receive()
        if frame is None:
            raise self._death(None)
        kind, parts = frame[0], _unpack(frame[1])
        if kind == b"E":
            self.close()
            raise _as_error(parts)
        self.protections = tuple(parts[0].decode().split())
        self._ready = True

    def _ask(self, job: bytes, limits: Limits) -> Result:
        timer = threading.Timer(limits.timeout_s, self._expire)
        timer.daemon = True
        timer.start()
        pieces: list[bytes] = []
        try:
            self._send(b"Q", job)
            frame = self._receive()
            while frame is not None and frame[0] == b"T":
                pieces.append(frame[1])
                frame = self._receive()
        finally:
            timer.cancel()
            timer.join()  # from here on it can kill nobody else's query
        if frame is None:
            raise self._death(limits)
        kind, parts = frame[0], _unpack(frame[1])
        if self._expired or b"leaving" in parts[0]:
            self.close()
        if kind == b"E":
            raise _as_error(parts)
        answer, truncated = b"".join(pieces), b"truncated" in parts[0]
        if kind == b"A":
            return Result("ask", boolean=answer == b"1")
        if kind == b"S":
            return Result("select", tsv=answer, truncated=truncated)
        triples = tuple(quad.triple for quad in ox.parse(answer, format=RdfFormat.N_TRIPLES))
        return Result("construct", triples=triples, truncated=truncated)

    def _expire(self) -> None:
        self._expired = True
        if self._process is not None:
            self._process.kill()

    def _send(self, kind: bytes, content: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: whoever waits for the answer finds out how
            _write(self._process.stdin, kind, content)

    def _receive(self) -> tuple[bytes, bytes] | None:
        assert self._process is not None
        assert self._process.stdout is not None
        return _read(self._process.stdout)

    def _death(self, limits: Limits | None) -> KgError:
        """Clear away a process that ended before its answer did, and return why it ended."""
        assert self._process is not None
        assert self._process.stderr is not None
        self._process.kill()
        said = self._process.stderr.read(100_000).decode("utf-8", "replace")
        code = self._process.wait()
        self.close()
        if limits is not None and (self._expired or code == -_SIGALRM):
            return _too_long(limits)
        if limits is not None and ("memory allocation of" in said or "bad_alloc" in said):
            return _too_much_memory(limits)
        crashes = [line for line in said.splitlines() if line.strip()] or [f"exit code {code}"]
        return QueryError(
            f"the engine crashed: {crashes[0].strip()[:200]}", hint="simplify the query"
        )

    def kill(self) -> None:
        """Stop what runs; for another thread than the one that waits for the answer."""
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process, at once, and leave nothing of it behind."""
        process, self._process = self._process, None
        if process is None or self._owner != os.getpid():
            return
        if isinstance(process, _Forked) and not self._ready:
            process.interrupt()  # it may be compiling the store, and clears that away itself
        process.kill()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(OSError):
                    stream.close()
        process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class _Forked:
    """A forked child, with as much of ``subprocess.Popen`` as is needed here."""

    def __init__(self, pid: int, stdin: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.stdin: IO[bytes] = os.fdopen(stdin, "wb")
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb")
        self.returncode: int | None = None

    def interrupt(self) -> None:
        """Send Ctrl-C and give it a moment."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, _SIGINT)
        # The end of its talk is its end; it says little, so nothing has to be read.
        select.select([self.stderr], [], [], _GRACE_S)

    def kill(self) -> None:
        """Send the signal that nothing survives."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, _SIGKILL)

    def wait(self) -> int:
        """Wait for its end and return its exit code, negative for a signal."""
        if self.returncode is None:
            try:
                status = os.waitpid(self.pid, 0)[1]
            except ChildProcessError:  # somebody ignores SIGCHLD: the system has reaped it
                status = 0
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


# The numbers are those of POSIX; some names are missing on Windows.
_SIGINT, _SIGKILL, _SIGALRM = 2, 9, 14
_GRACE_S = 2.0


def _may_fork(source: Source) -> bool:
    # A child has one thread, whatever its parent had: locks that other threads held
    # stay locked, and an engine whose threads are gone waits for them for ever.
    if sys.platform != "linux" or (isinstance(source, Store) and source.place is not None):
        return False
    return sum(1 for _ in Path("/proc/self/task").iterdir()) == 1


def _fork(source: Source) -> _Forked:
    ours: list[int] = []
    theirs: list[int] = []
    for direction in ("jobs", "answers", "talk"):
        reading, writing = os.pipe()
        ours.append(writing if direction == "jobs" else reading)
        theirs.append(reading if direction == "jobs" else writing)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_child(source, parent, theirs)
    for descriptor in theirs:
        os.close(descriptor)
    return _Forked(pid, *ours)


def _be_child(source: Source, parent: int, streams: list[int]) -> NoReturn:
    """Take the three streams as standard ones, let go of everything else, and serve."""
    code = 1
    try:
        for number, descriptor in enumerate(streams):
            # (None of the three is 0, 1 or 2 unless the parent had closed its own.)
            os.dup2(descriptor, number)
        os.closerange(3, max(int(entry.name) for entry in Path("/proc/self/fd").iterdir()) + 1)
        _serve(parent, lambda _: source() if callable(source) else source)
        code = 0
    except BaseException as error:  # noqa: BLE001  nothing may run on in a copy of the parent
        os.write(2, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _snapshot(source: Source) -> _Snapshot:
    """Return what a new interpreter needs to see this very store: a folder, or every quad."""
    store = source() if callable(source) else source
    if store.place is not None and store.place.is_dir():
        return b"P", os.fsencode(store.place.resolve())
    return b"D", store.engine.dump(format=RdfFormat.N_QUADS) or b""


def _spawn() -> subprocess.Popen[bytes]:
    import subprocess

    # Of our environment and our paths the worker needs only where two packages are.
    places = [str(Path(file).absolute().parent.parent) for file in (__file__, ox.__file__)]
    program = f"import sys; sys.path += {places!r}; from kg.worker import main; main({os.getpid()})"
    options = ["-I", "-S"]
    if sys.dont_write_bytecode:
        options.append("-B")
    if sys.pycache_prefix:
        options += ["-X", f"pycache_prefix={sys.pycache_prefix}"]
    kept = ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TZ")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    return subprocess.Popen(  # noqa: S603  our own interpreter and our own text
        [sys.executable, *options, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )


class Pool:
    """Warm workers over one store, for a program that lives longer than a query.

    ``workers`` queries run at a time, ``queue`` more wait, at most ``wait_s`` each. One
    more process than that is kept ready, so that the next query finds a worker at
    once when another had to be killed. Safe for threads. The workers see the store
    as it is now: open a new pool after a change. ``close`` it, or use it as a context
    manager.
    """

    def __init__(
        self, store: Store, *, workers: int = 2, queue: int = 32, wait_s: float = 10.0
    ) -> None:
        self._snapshot = _snapshot(store)
        self._size = workers
        self._queue = queue
        self._wait_s = wait_s
        self._owner = os.getpid()
        self._changed = threading.Condition()
        self._idle: deque[Worker] = deque()
        self._alive: set[Worker] = set()
        self._running = 0
        self._waiting = 0
        self._closed = False
        # On Linux a worker dies with the thread that started it, so it has to be one
        # that lives as long as the pool.
        self._keeper = threading.Thread(target=self._keep, name="kg-pool", daemon=True)
        self._keeper.start()

    def run(
        self, text: str, bound: str, *, limit: int | None = None, limits: Limits = DEFAULT
    ) -> Result:
        """Run a query in a free worker: see ``Worker.run``.

        Raises LimitError, besides, when too many wait or one has waited too long, and
        UsageError when the pool is closed or belongs to another process.
        """
        worker = self._take()
        try:
            return worker.run(text, bound, limit=limit, limits=limits)
        except QueryError:
            if self._closed:
                raise UsageError("this pool is closed", hint="open a new one") from None
            raise
        finally:
            with self._changed:
                self._running -= 1
                if worker.running and not self._closed:
                    self._idle.append(worker)
                else:
                    self._alive.discard(worker)
                    worker.close()
                self._changed.notify_all()

    def _take(self) -> Worker:
        if self._owner != os.getpid():
            raise UsageError("this pool belongs to another process", hint="open one here")
        end = time.monotonic() + self._wait_s
        with self._changed:
            if self._waiting >= self._queue:
                raise LimitError(
                    f"{self._queue} queries are waiting already", limit="queue", hint=_LATER
                )
            self._waiting += 1
            try:
                while not self._closed and not (self._idle and self._running < self._size):
                    if not self._changed.wait(end - time.monotonic()):
                        raise LimitError(
                            f"no worker was free for {self._wait_s:g} s", limit="queue", hint=_LATER
                        )
            finally:
                self._waiting -= 1
            if self._closed:
                raise UsageError("this pool is closed", hint="open a new one")
            self._running += 1
            return self._idle.popleft()

    def _keep(self) -> None:
        """Keep one process more than may run at a time: the work of the keeper thread."""
        pause_s = 0.0
        while True:
            with self._changed:
                if pause_s:
                    self._changed.wait(pause_s)
                while not self._closed and len(self._alive) > self._size:
                    self._changed.wait()
                if self._closed:
                    return
                worker = Worker(self._snapshot)
                self._alive.add(worker)
            try:
                worker.wait()
                pause_s = 0.0
            except (KgError, OSError):
                # No memory, no processes: try again, not all the time.
                worker.close()
                pause_s = min(2 * pause_s + 0.1, 5.0)
            with self._changed:
                if self._closed or not worker.running:
                    self._alive.discard(worker)
                    worker.close()
                else:
                    self._idle.append(worker)
                self._changed.notify_all()

    def close(self) -> None:
        """End every worker; queries that run or wait end with an error."""
        if self._owner != os.getpid():
            return
        with self._changed:
            self._closed = True
            for worker in self._alive:
                worker.kill()
            self._changed.notify_all()
        if threading.current_thread() is not self._keeper:  # the collector runs in any thread
            self._keeper.join()
        with self._changed:
            while self._running:
                self._changed.wait()
            for worker in self._alive:
                worker.close()
            self._alive.clear()
            self._idle.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


_LATER = "try again later"


# ---------------------------------------------------------------- the worker's side


def main(parent: int) -> NoReturn:
    """Serve as a new interpreter: the store arrives as the first frame."""
    with suppress(BrokenPipeError, KeyboardInterrupt):
        _serve(parent, _restore)
    os._exit(0)


def _restore(jobs: IO[bytes]) -> Store:
    frame = _read(jobs)
    if frame is None:
        os._exit(0)
    kind, content = frame
    if kind == b"P":
        place = Path(os.fsdecode(content))
        return Store(ox.Store.read_only(str(place)), {}, "", place)
    engine = ox.Store()
    engine.bulk_load(content, format=RdfFormat.N_QUADS)
    return Store(engine, {}, "")


def _serve(parent: int, open_store: Callable[[IO[bytes]], Store]) -> None:
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
        _write(answers, b"E", _pack(b"", *_from_error(error)))
        return
    except (OSError, RuntimeError) as error:
        gone = errors.UnreadableError(
            f"the compiled store cannot be opened: {error}", hint="run it again"
        )
        _write(answers, b"E", _pack(b"", *_from_error(gone)))
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, who ends us
    rights = _Rights(store)
    _write(answers, b"R", _pack(" ".join([*protections, *rights.names]).encode()))
    while (frame := _read(jobs)) is not None:
        *numbers, cut, text, bound = (part.decode("utf-8") for part in _unpack(frame[1]))
        limits = Limits(float(numbers[0]), *map(int, numbers[1:]))
        try:
            rights.drop(limits)
            try:
                kind, flags = _answer(
                    store.engine, text, bound, int(cut) if cut else None, limits, answers, rights
                )
                parts = [flags]
            finally:
                rights.regain()
        except MemoryError:
            kind, parts = b"E", [b" leaving", *_from_error(_too_much_memory(limits))]
        except KgError as error:
            kind, parts = b"E", [b"", *_from_error(error)]
        if rights.grown():
            parts[0] += b" leaving"  # memory that is not given back is missing to the next query
        _write(answers, kind, _pack(*parts))


def _answer(
    engine: ox.Store,
    text: str,
    bound: str,
    limit: int | None,
    limits: Limits,
    answers: IO[bytes],
    rights: _Rights,
) -> tuple[bytes, bytes]:
    """Write the answer, and return what kind it is of and whether it was truncated."""
    sink = _Sink(answers, limits)
    try:
        answer = engine.query(bound, prefixes=PREFIXES, use_default_graph_as_union=True)
        if isinstance(answer, ox.QueryBoolean):
            sink.write(b"1" if answer else b"0")
            sink.send()
            return b"A", b""
        if isinstance(answer, ox.QueryTriples):
            return b"C", _triples(answer, limit, limits, sink)
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
    lines = sorted(map(str, found), key=natural)
    for line in lines[:limit]:
        sink.write(f"{line} .\n".encode())
    sink.send()
    return b"truncated" if limit is not None and len(lines) > limit else b""


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
        self._pieces: list[bytes] = []
        self._held = 0

    def bound_lines(self, limit: int | None) -> None:
        """Let through a header and that many rows, or as many as the limits allow."""
        self._wanted = limit is not None and limit <= self._limits.rows
        rows = self._limits.rows if limit is None else min(limit, self._limits.rows)
        self._lines_left = 1 + rows

    def write(self, chunk: Buffer, /) -> int:
        content = bytes(chunk)
        if self._enough:
            return len(content)  # the engine empties its buffer once more when it is stopped
        lines = content.count(b"\n")
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
            _write(self._answers, b"T", b"".join(self._pieces))
        self._pieces, self._held = [], 0


def _isolate(parent: int) -> list[str]:
    """Give up, before there are threads, what can be given up for good; return what it was.

    On other systems than Linux nothing: there, the parent's clock is what protects.
    """
    if sys.platform != "linux":
        return []
    import ctypes

    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
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


def _too_long(limits: Limits) -> LimitError:
    return LimitError(
        f"the query was stopped after {limits.timeout_s:g} s",
        limit="time",
        hint="name more of what is known, drop patterns that share no variable with the "
        "rest, or allow more with --timeout",
    )


def _too_much_memory(limits: Limits) -> LimitError:
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


def _as_error(parts: list[bytes]) -> KgError:
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


def _encode(text: str, bound: str, limit: int | None, limits: Limits) -> bytes:
    parts = [*map(str, limits), "" if limit is None else str(limit), text, bound]
    try:
        return _pack(*(part.encode("utf-8") for part in parts))
    except UnicodeEncodeError:
        raise QueryError("the query is not UTF-8", hint="save it as UTF-8") from None


def _write(stream: IO[bytes], kind: bytes, content: bytes) -> None:
    stream.write(kind + len(content).to_bytes(8, "big"))
    stream.write(content)
    stream.flush()


def _read(stream: IO[bytes]) -> tuple[bytes, bytes] | None:
    """Return the next frame; None when the other side is gone, in the middle of one too."""
    head = stream.read(9)
    if len(head) < 9:
        return None
    length = int.from_bytes(head[1:], "big")
    content = stream.read(length)
    return None if len(content) < length else (head[:1], content)


def _pack(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(8, "big") + part for part in parts)


def _unpack(content: bytes) -> list[bytes]:
    parts, position = [], 0
    while position < len(content):
        start = position + 8
        position = start + int.from_bytes(content[position:start], "big")
        parts.append(content[start:position])
    return parts
