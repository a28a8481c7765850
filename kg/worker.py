"""Run a query that nobody has checked, in a process that can be killed.

No engine can be interrupted, and ten lines of SPARQL over no data at all can run
for years or fill the memory. So a query that is not one of ours runs in a worker:
a child process that has the store open for reading, no network, no files, a bound
on its memory (``kg.sandbox``), and a parent with a clock. ``Worker`` is one such
process, for one query at a time; ``Pool`` keeps several warm for a long-lived
program. docs/decisions/0005-untrusted-queries.md has the measurements.
"""

from __future__ import annotations

import logging
import os
import re
import select
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, NoReturn, Self

import pyoxigraph as ox
from pyoxigraph import RdfFormat

from kg import patience
from kg.errors import KgError, LimitError, QueryError, UsageError
from kg.results import Result
from kg.sandbox import (
    DEFAULT,
    UNION,
    Limits,
    View,
    as_error,
    pack_job,
    serve,
    too_long,
    too_much_memory,
    unpack,
    write_frame,
)
from kg.store import Store

if TYPE_CHECKING:
    import subprocess
    from types import TracebackType

#: A store, or how to open it when it is not open yet.
Source = Store | Callable[[], Store]
_LOG = logging.getLogger("kg.worker")
#: What a new interpreter needs to see a store: the first frame for it.
Snapshot = tuple[bytes, bytes]


def _comes(stream: int, end: float) -> bool:
    """Wait until there is something to read, and return whether there is, before ``end``."""
    left = end - time.monotonic()
    if left <= 0:
        return False
    if not hasattr(select, "poll"):
        # Windows cannot wait for a pipe and watch the clock; something else has to.
        return _comes_by_looking(stream, end)
    poll = select.poll()
    poll.register(stream, select.POLLIN)
    return bool(poll.poll(left * 1000))


def _comes_by_looking(stream: int, end: float) -> bool:
    import ctypes
    import msvcrt

    handle = msvcrt.get_osfhandle(stream)  # type: ignore[attr-defined,unused-ignore]
    there = ctypes.c_ulong()
    pause_s = 0.0
    while time.monotonic() < end:
        kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
        if not kernel.PeekNamedPipe(handle, None, 0, None, ctypes.byref(there), None):
            return True  # it has ended, and reading says so
        if there.value:
            return True
        time.sleep(pause_s)
        pause_s = min(pause_s + 0.0005, 0.02)
    return False


class Ended(NamedTuple):
    """How an answer in pieces ended: its kind, as of ``Result``, and whether there was more."""

    kind: str
    truncated: bool

    def result(self, answer: bytes) -> Result:
        """Return the whole answer as a result."""
        if self.kind == "ask":
            return Result("ask", boolean=answer == b"1")
        if self.kind == "select":
            return Result("select", tsv=answer, truncated=self.truncated)
        triples = tuple(quad.triple for quad in ox.parse(answer, format=RdfFormat.N_TRIPLES))
        return Result("construct", triples=triples, truncated=self.truncated)


_KINDS = {b"A": "ask", b"S": "select", b"C": "construct"}


class Worker:
    """One process that answers queries over one store, one at a time.

    It starts with the first query, or with ``start``. On Linux it is a fork as long
    as this process has one thread (a compiled store that is open here has more),
    which costs a millisecond; else a new interpreter. Use it as a context manager,
    or ``close`` it. Not for use by several threads at once: that is what ``Pool`` does.
    """

    def __init__(self, store: Source | Snapshot) -> None:
        self._store = store
        self._process: subprocess.Popen[bytes] | _Forked | None = None
        self._owner = 0
        self._ready = False
        self._expired = self._killed = self.demoted = False
        #: Whether a query runs, or its answer has not been read to its end.
        self.busy = False
        # What has come from the process and is not used yet.
        self._heard = bytearray()
        #: What the process gave up on this system; known once it is ready.
        self.protections: tuple[str, ...] = ()

    def start(self) -> None:
        """Start the process, if it does not run, and do not wait until it is ready.

        Worth calling before something that opens the store in this process.
        """
        if self.running:
            return
        self.close()  # of one that was killed between two queries something is left
        self._ready = self._expired = self._killed = self.demoted = self.busy = False
        self._heard = bytearray()
        self._owner = os.getpid()
        if not isinstance(self._store, tuple) and _may_fork(self._store):
            self._process = _fork(self._store)
            return
        kind, content = self._store if isinstance(self._store, tuple) else snapshot(self._store)
        self._process = _spawn()
        self._send(kind, content)

    @property
    def running(self) -> bool:
        """Whether the process is there to take a query."""
        return self._process is not None and not self._killed and self._owner == os.getpid()

    @property
    def dead(self) -> bool:
        """Whether the process has ended by itself, or by somebody else's hand."""
        poll = getattr(self._process, "poll", None)
        return poll is not None and poll() is not None

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        process = self._process
        return process.pid if process is not None else None

    @property
    def cpu_s(self) -> float:
        """The processor time it has used so far; 0 where the system does not tell, or it is gone."""
        fields = self._stat()
        ticks = int(fields[11]) + int(fields[12]) if fields else 0
        return ticks / os.sysconf("SC_CLK_TCK") if ticks else 0.0

    @property
    def runnable(self) -> bool:
        """Whether it runs, or would if it got the processor; not when it waits for a reader."""
        return self._stat()[:1] == [b"R"]

    def _stat(self) -> list[bytes]:
        with suppress(OSError):
            return Path(f"/proc/{self.pid}/stat").read_bytes().rpartition(b")")[2].split()
        return []

    def run(
        self,
        text: str,
        bound: str,
        *,
        limit: int | None = None,
        limits: Limits = DEFAULT,
        view: View = UNION,
    ) -> Result:
        """Run ``bound``, which is ``text`` with its parameters put in, and return its result.

        Both have passed ``sparql.outline``. At most ``limit`` rows are wanted. Raises
        LimitError, after which the next query gets a new process; QueryError, also
        when the engine crashes; and what opening the store raises.
        """
        pieces: list[bytes] = []
        answering = self.answer(text, bound, limit=limit, limits=limits, view=view)
        while True:
            try:
                pieces.append(next(answering))
            except StopIteration as end:
                return end.value.result(b"".join(pieces))  # type: ignore[no-any-return]

    def answer(
        self,
        text: str,
        bound: str,
        *,
        limit: int | None = None,
        limits: Limits = DEFAULT,
        view: View = UNION,
        form: str = "tsv",
    ) -> Generator[bytes, None, Ended]:
        """Yield the answer in pieces as it comes, and return how it ended; else as ``run``.

        The pieces are of SPARQL 1.1 TSV (or json, if that is the ``form``, with the engine's
        own names of blank nodes), of N-Triples, or 1 or 0 for an ASK. An answer that
        stops with an error is none: what came before it is not the whole. The clock
        runs until the last piece is taken. Close it early, and the process is ended.
        """
        job = pack_job(text, bound, limit, limits, view, form)
        try:
            self.wait()
            return (yield from self._ask(job, limits))
        except KgError:
            raise
        except BaseException:
            self.close()  # Ctrl-C, or nobody reads on
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
        kind, parts = frame[0], unpack(frame[1])
        if kind == b"E":
            self.close()
            raise as_error(parts)
        self.protections = tuple(parts[0].decode().split())
        self._ready = True

    def _ask(self, job: bytes, limits: Limits) -> Generator[bytes, None, Ended]:
        end = time.monotonic() + limits.timeout_s
        self.send(job)
        return (yield from self.rest(limits, end))

    def send(self, job: bytes) -> None:
        """Hand over a query (``sandbox.pack_job``); the process is ready (``wait``)."""
        self.busy = True
        self._send(b"Q", job)

    def rest(self, limits: Limits, end: float) -> Generator[bytes, None, Ended]:
        """Yield what is still to come of an answer, until the clock shows ``end``."""
        frame = self._receive(end)
        while frame is not None and frame[0] == b"T":
            yield frame[1]
            frame = self._receive(end)
        return self.conclude(frame, limits)

    def conclude(self, frame: tuple[bytes, bytes] | None, limits: Limits) -> Ended:
        """Return how an answer ended, or raise why there is none: its last frame says so."""
        if frame is None:
            raise self._death(limits)
        self.busy = False
        kind, parts = frame[0], unpack(frame[1])
        if b"leaving" in parts[0]:
            self.close()
        if kind == b"E":
            raise as_error(parts)
        return Ended(_KINDS[kind], b"truncated" in parts[0])

    @property
    def stream(self) -> int:
        """What to wait for when something shall be heard: a file descriptor."""
        assert self._process is not None
        assert self._process.stdout is not None
        return self._process.stdout.fileno()

    def hear(self) -> bool:
        """Take what has come, once; whether the process is there still. Waits if nothing has."""
        piece = os.read(self.stream, 262_144)
        self._heard += piece
        return bool(piece)

    def frame(self) -> tuple[bytes, bytes] | None:
        """Return the next frame if it has come whole (``hear``); it does not wait."""
        if len(self._heard) < 9:
            return None
        end = 9 + int.from_bytes(self._heard[1:9], "big")
        if len(self._heard) < end:
            return None
        found = bytes(self._heard[:1]), bytes(self._heard[9:end])
        del self._heard[:end]
        return found

    def _send(self, kind: bytes, content: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):  # it died: whoever waits for the answer finds out how
            write_frame(self._process.stdin, kind, content)

    def _receive(self, end: float | None = None) -> tuple[bytes, bytes] | None:
        """Wait for the next frame; None when the process is gone, or was ended by the clock."""
        while (frame := self.frame()) is None:
            if end is not None and not self._expired and not _comes(self.stream, end):
                self.expire()
            if not self.hear():
                return None
        return frame

    def expire(self) -> None:
        """End the query because its time is over."""
        self._expired = True
        if self._process is not None:
            self._process.kill()

    def _death(self, limits: Limits | None) -> KgError:
        """Clear away a process that ended before its answer did, and return why it ended."""
        assert self._process is not None
        assert self._process.stderr is not None
        self._process.kill()
        said = self._process.stderr.read(100_000).decode("utf-8", "replace")
        code = self._process.wait()
        self.close()
        if limits is not None and (self._expired or code == -_SIGALRM):
            return too_long(limits)
        if limits is not None and ("memory allocation of" in said or "bad_alloc" in said):
            return too_much_memory(limits)
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        # The engine says first what happened, Python last.
        at = -1 if lines and lines[0].startswith("Traceback") else 0
        why = lines[at][:200] if lines else f"exit code {code}"
        return QueryError(f"the engine crashed: {why}", hint="simplify the query")

    def kill(self) -> None:
        """Stop what runs; for another thread than the one that waits for the answer."""
        self._killed = True
        process = self._process
        if process is not None:
            process.kill()

    def demote(self) -> None:
        """Let others have the processor first; for another thread, like ``kill``.

        There is no way back: a pool takes another worker for the next query.
        """
        self.demoted = True
        process = self._process
        if process is not None and sys.platform != "win32":
            with suppress(OSError):
                os.setpriority(os.PRIO_PROCESS, process.pid, 10)

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
        """Send Ctrl-C, and no more queries, and give it a moment."""
        with suppress(OSError):
            self.stdin.close()
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
        serve(parent, lambda _: source() if callable(source) else source)
        code = 0
    except BaseException as error:  # noqa: BLE001  nothing may run on in a copy of the parent
        os.write(2, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))
    finally:
        os._exit(code)


def snapshot(source: Source) -> Snapshot:
    """Return what a new interpreter needs to see this very store: a folder, or every quad."""
    store = source() if callable(source) else source
    if store.place is not None and store.place.is_dir():
        return b"P", os.fsencode(store.place.resolve())
    lines = (store.engine.dump(format=RdfFormat.N_QUADS) or b"").split(b"\n")
    # (An engine in memory gives the latest first: the worker's shall give what this one gives.)
    return b"D", b"\n".join(reversed(lines))


def _spawn() -> subprocess.Popen[bytes]:
    import subprocess

    # Of our environment and our paths the worker needs only where two packages are.
    places = [str(Path(file).absolute().parent.parent) for file in (__file__, ox.__file__)]
    program = (
        f"import sys; sys.path += {places!r}; from kg.sandbox import main; main({os.getpid()})"
    )
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
        self._store = store
        self._seen = snapshot(store)
        self._size = workers
        self._queue = queue
        self._wait_s = wait_s
        self._owner = os.getpid()
        lock = threading.RLock()
        # For the keeper and for ``close``; and for those that wait for a worker, so that the
        # keeper sleeps on when a worker is given back.
        self._changed = threading.Condition(lock)
        self._free = threading.Condition(lock)
        self._idle: deque[Worker] = deque()
        self._alive: set[Worker] = set()
        self._running = 0
        self._waiting = 0
        self._closed = False
        #: Why the last workers that were wanted did not start, in a line; None when one did.
        self.trouble: str | None = None
        self._failures = 0
        # On Linux a worker dies with the thread that started it, so it has to be one
        # that lives as long as the pool.
        self._keeper = threading.Thread(target=self._keep, name="kg-pool", daemon=True)
        self._keeper.start()

    def run(
        self,
        text: str,
        bound: str,
        *,
        limit: int | None = None,
        limits: Limits = DEFAULT,
        view: View = UNION,
    ) -> Result:
        """Run a query in a free worker: see ``Worker.run``.

        Raises LimitError, besides, when too many wait or one has waited too long, and
        UsageError when the pool is closed or belongs to another process.
        """
        now = patience.current()
        with self.lease() as worker, now.works(worker) if now is not None else nullcontext():
            return worker.run(text, bound, limit=limit, limits=limits, view=view)

    @contextmanager
    def lease(self, *, now: bool = False) -> Iterator[Worker]:
        """Give a free worker for one query; raises what ``run`` raises.

        ``now`` does not wait for one, and raises LimitError instead.

        Another thread may ``kill`` it meanwhile: the query ends with QueryError then, and
        the next one gets another process.
        """
        worker = self._take(0.0 if now else self._wait_s)
        try:
            yield worker
        except QueryError:
            if self._closed:
                raise UsageError("this pool is closed", hint="open a new one") from None
            raise
        finally:
            with self._changed:
                self._running -= 1
                spent = worker.demoted or worker.busy
                if worker.running and not spent and not self._closed:
                    self._idle.append(worker)
                else:
                    self._alive.discard(worker)
                    worker.close()
                    self._changed.notify_all()
                self._free.notify()

    @property
    def workers(self) -> tuple[int, ...]:
        """The process ids of the workers that are there now."""
        with self._changed:
            return tuple(found for w in self._alive if (found := w.pid) is not None)

    @property
    def ready(self) -> bool:
        """Whether a query would find a worker, now or when another one has ended."""
        with self._changed:
            self._bury()
            return not self._closed and bool(self._idle or self._running)

    def _bury(self) -> None:
        """Let go of workers that died while they had nothing to do, and have others started."""
        for worker in [one for one in self._idle if one.dead]:
            self._idle.remove(worker)
            self._alive.discard(worker)
            worker.close()
            self._changed.notify_all()

    def _take(self, wait_s: float) -> Worker:
        if self._owner != os.getpid():
            raise UsageError("this pool belongs to another process", hint="open one here")
        end = time.monotonic() + wait_s
        with self._changed:
            if self._waiting >= self._queue:
                raise LimitError(
                    f"{self._queue} queries are waiting already", limit="queue", hint=_LATER
                )
            self._waiting += 1
            self._bury()
            try:
                while not self._closed and not (self._idle and self._running < self._size):
                    if self.trouble is not None and not self._running:
                        raise LimitError(
                            f"no process for queries can be started: {self.trouble}",
                            limit="workers",
                            hint=_LATER,
                        )
                    if not self._free.wait(end - time.monotonic()):
                        raise LimitError(
                            f"no worker was free for {wait_s:g} s", limit="queue", hint=_LATER
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
            worker: Worker | None = None
            try:
                worker = self._begin()
                worker.wait()
                self._note(None)
                pause_s = 0.0
            except (KgError, OSError, MemoryError, RuntimeError) as error:
                # No memory, no processes: try again, not all the time.
                self._note(error)
                pause_s = min(2 * pause_s + 0.1, _PAUSE_S)
            with self._changed:
                if worker is not None and (self._closed or not worker.running or pause_s):
                    self._alive.discard(worker)
                    worker.close()
                elif worker is not None:
                    self._idle.append(worker)
                # (When none starts, all that wait hear of it.)
                self._free.notify(self._waiting if pause_s else 1)

    def _begin(self) -> Worker:
        """Return a worker that is about to start."""
        with self._changed:
            if self._seen[0] == b"P" and not Path(os.fsdecode(self._seen[1])).is_dir():
                # Swept away by somebody; the engine here has its files open still.
                self._seen = snapshot(self._store)
            worker = Worker(self._seen)
            self._alive.add(worker)
        return worker

    def _note(self, error: Exception | None) -> None:
        """Keep why a worker did not start, or that one did; the log hears of what is new."""
        self._failures = 0 if error is None else self._failures + 1
        if self._closed or self._failures == 1:  # somebody may have killed it
            return
        before, self.trouble = self.trouble, None if error is None else _reason(error)
        if error is not None and before != self.trouble:
            _LOG.warning("no process for queries can be started: %s", error)
        elif error is None and before is not None:
            _LOG.warning("processes for queries can be started again")

    def close(self) -> None:
        """End every worker; queries that run or wait end with an error."""
        if self._owner != os.getpid():
            return
        with self._changed:
            self._closed = True
            for worker in self._alive:
                worker.kill()
            self._changed.notify_all()
            self._free.notify_all()
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
# A worker that does not start is tried again after so long at most.
_PAUSE_S = 5.0


def _reason(error: Exception) -> str:
    """Return in a line why a worker did not start, without where on this machine things are."""
    if isinstance(error, KgError):
        said = error.message.removeprefix("the engine crashed: ")
    else:
        said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(re.sub(r"(?:/[^\s/'\":]+)+/", "", said).split())[:200]


#: What runs untrusted queries.
Runner = Worker | Pool
