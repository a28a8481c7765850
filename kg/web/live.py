"""What is served now, and how it is exchanged for something newer while it is served.

A ``State`` is one opened store with its workers. Each request pins the state it
begins with; when the files change, the next state is opened beside it and takes its
place, and the old one is closed when its last request has ended. When the next one
cannot be opened (a file is gone, or is being written), the old one stays.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeVar

from pyoxigraph import Literal, NamedNode

from kg import files, query, saved
from kg.errors import KgError
from kg.once import Made
from kg.patience import within
from kg.results import Result
from kg.sandbox import Limits
from kg.saved import SavedQuery
from kg.store import Store
from kg.web import preparing
from kg.web.bounded import Bounded
from kg.web.problems import HttpError
from kg.web.settings import Settings
from kg.worker import Pool
from kg.workspace import Workspace

_R = TypeVar("_R")
_LOG = logging.getLogger("kg.web")
#: Data of no more bytes of Turtle than this (100,000 quads, or so) is held in memory, here and
#: in every worker: 50 MB each, for answers in a half to a quarter of the time.
IN_MEMORY_BYTES = 8_000_000
# Our queries end soon over so many quads; over two millions one of them takes minutes.
_SMALL = 100_000
# What of a file tells that it has changed.
_Mark = tuple[tuple[str, int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """Where the data comes from: a server, a workspace, or files (none: the shipped ones)."""

    paths: tuple[Path, ...] = ()
    ontology: Path | None = None
    workspace: Workspace | None = None
    endpoint: str | None = None
    #: Folders with saved queries, those that go first last, the shipped ones among them.
    query_folders: tuple[Path, ...] = field(default_factory=lambda: (files.queries_dir(),))

    def open(self) -> Store:
        """Return the store to serve: in memory, where it is small; raises what opening it raises."""
        store = self.read()
        if store.place is not None and self.size() <= IN_MEMORY_BYTES:
            return store.in_memory()
        return store

    def read(self) -> Store:
        """Return the store as commands open it."""
        if self.endpoint is not None:
            return Store.remote(self.endpoint, ontology=self.ontology)
        if self.workspace is not None:
            return self.workspace.open(ontology=self.ontology)
        return Store.open(*self.paths, ontology=self.ontology)

    def size(self) -> int:
        """Return how many bytes the files have."""
        return sum(size for _, _, size, _ in self.mark())

    def mark(self) -> _Mark:
        """Return what is different after a change of the files, without reading them."""
        if self.endpoint is not None:
            return ()
        ontology = self.ontology or files.ontology_path()
        if self.workspace is not None:
            listed = self.workspace.graphs().values()
            places = [self.workspace.folder / files.WORKSPACE, ontology, *listed]
        else:
            places = [ontology, *(self.paths or (files.triples_path(),))]
        return tuple(_stamp(place) for place in places)


def _stamp(path: Path) -> tuple[str, int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (str(path), 0, 0, 0)
    return (str(path), found.st_mtime_ns, found.st_size, found.st_ino)


class State:
    """One opened store and what answers over it, for as long as somebody uses it."""

    def __init__(self, store: Store, settings: Settings, query_folders: tuple[Path, ...]) -> None:
        self.store = store
        self.opened = time.time()
        self._closed = threading.Event()
        self._made = Made()
        self._settings = settings
        self._folders = query_folders
        self.pool: Pool | None = None
        if store.working_copy is None:
            self.pool = Pool(
                store,
                # (kg.web.lanes says why so many.)
                workers=2 * settings.workers,
                queue=settings.queue,
                wait_s=settings.wait_s,
            )

    @property
    def key(self) -> str:
        """The hash of the data: equal data, equal key. Empty when a server has the data."""
        return self.store.key

    @cached_property
    def graphs(self) -> frozenset[str]:
        """The IRIs of the named graphs."""
        return frozenset(graph.value for graph in self.store.graphs())

    @cached_property
    def bounded(self) -> Bounded:
        """What answers queries that are known to be small, in this process."""
        return Bounded(self.store.engine)

    @cached_property
    def queries(self) -> Mapping[str, SavedQuery]:
        """The saved queries by name."""
        return saved.load_queries(*reversed(self._folders))

    def made(self, make: Callable[[State], _R]) -> _R:
        """Return what a function makes of this state, once: it goes when the state goes."""
        return self._made.of(self, make)

    def resolve(self, name: str) -> str:
        """Return the IRI that a name stands for; raises what ``kg.names.resolve`` raises."""
        from kg.names import resolve

        return resolve(self.store, name)

    def run(
        self,
        text: str,
        *,
        bindings: Mapping[str, NamedNode | Literal] | None = None,
        limit: int | None = None,
        limits: Limits | None = None,
    ) -> Result:
        """Run a query that nobody has checked, in a worker; see ``kg.query.run``.

        It blocks: call it in a thread (``kg.web.work``).
        """
        limits = limits or self._settings.limits
        with within(limits.timeout_s):
            return query.run(
                self.store,
                text,
                bindings=bindings,
                limit=limit,
                limits=limits,
                runner=self.pool,
            )

    @cached_property
    def _small(self) -> bool:
        quads = self.store.engine.quads_for_pattern(None, None, None, None)
        return self.pool is None or sum(1 for _ in islice(quads, _SMALL)) < _SMALL

    def runs_here(self, found: SavedQuery) -> bool:
        """Whether a saved query runs in this process: one of ours, over no more than we know it on."""
        return query.is_shipped(found) and self._small

    def run_saved(self, name: str, given: Mapping[str, str], *, limit: int | None = None) -> Result:
        """Run a saved query by name: in this process (``runs_here``), or in a worker.

        It blocks, like ``run``. Raises what ``kg.query.run_saved`` raises and
        UnknownNameError.
        """
        found = self.queries.get(name) or saved.load_query(name, *self._folders)
        here = self.runs_here(found)
        with within(self._settings.limits.timeout_s):
            return query.run_saved(
                self.store,
                found,
                given,
                resolve=self.resolve,
                limit=limit,
                limits=None if here else self._settings.limits,
                runner=None if here else self.pool,
            )

    def warm(self, stopped: Callable[[], bool] = lambda: False) -> None:
        """Work out what first requests need; it ends early when the state is closed.

        It blocks. What cannot be worked out is told to whoever asks for it.
        """
        from kg.web import warming

        if self.store.working_copy is not None:
            return  # every step would ask a server for all it has
        try:
            for step in warming.steps(self):
                if self._closed.is_set() or stopped():
                    return
                with suppress(KgError):
                    step()
        except Exception:  # noqa: BLE001  whoever asks for it is told
            _LOG.exception("what first requests need could not be worked out")

    def close(self) -> None:
        """End its workers, and let go of what was read."""
        self._closed.set()
        if self.pool is not None:
            self.pool.close()
        # (What is made of a store knows the store: a circle that keeps all of it for a while.)
        self.store.forget()
        self._made.forget()


class Live:
    """The state that is served, watched for changes. ``close`` it."""

    def __init__(self, source: Source, settings: Settings) -> None:
        self.source = source
        self.settings = settings
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._users: dict[State, int] = {}
        self._stop = threading.Event()
        #: Why the latest change could not be taken over; None when there is nothing amiss.
        self.trouble: str | None = None
        #: Called when another state has taken over, before the change is said to be made.
        self.leaving: list[Callable[[], None]] = []
        #: How often another state has taken over.
        self.swaps = 0
        self._mark = source.mark()
        self._state: State = self._open()
        self._users[self._state] = 1  # held by this object itself
        #: Whether the state that was opened first has been warmed; later ones are before they are served.
        self.warmed = False
        self._watcher = threading.Thread(target=self._watch, name="kg-watch", daemon=True)
        self._watcher.start()
        threading.Thread(target=self._warm, name="kg-warm", daemon=True).start()

    def _open(self) -> State:
        return State(self.source.open(), self.settings, self.source.query_folders)

    @contextmanager
    def now(self) -> Iterator[State]:
        """Give the state that is served now; it stays open until the block ends."""
        state = self.pin()
        try:
            yield state
        finally:
            self.release(state)

    @property
    def state(self) -> State:
        """What is served now, for a moment: who waits for something has to ``pin`` it."""
        return self._state

    @property
    def key(self) -> str:
        """The key of the data that is served now."""
        return self._state.key

    def pin(self) -> State:
        """Return the state that is served now, for ``release`` when it is not used any more."""
        with self._lock:
            if self._stop.is_set():
                raise HttpError(503, "the server is stopping", hint="ask again in a moment")
            self._users[self._state] += 1
            return self._state

    def release(self, state: State) -> None:
        """Let go of a state; the last one to do so closes it."""
        with self._lock:
            self._users[state] -= 1
            last = self._users[state] == 0
            if last:
                del self._users[state]
        if last:
            # Ending processes takes a moment, and this may be the event loop.
            threading.Thread(target=state.close, name="kg-close", daemon=True).start()

    def _warm(self) -> None:
        # (Not pinned: closing it waits for requests, and not for this.)
        self._state.warm(self._stop.is_set)
        self.warmed = True

    def refresh(self, *, warm: bool = False) -> bool:
        """Look at the files now, and serve them if they have changed; return whether they had.

        Blocks while the new state is opened, and warmed if that is wanted: the old one is
        served until then. What goes wrong is kept in ``trouble``.
        """
        with self._opening:
            try:
                mark = self.source.mark()
                if mark == self._mark:
                    self.trouble = None  # (what was amiss has been taken back)
                    return False
                preparing.prepare(self.source, self._stop)
                fresh = self._open()
            except (KgError, OSError) as error:
                if self.trouble is None:
                    _LOG.warning("the files have changed and cannot be opened: %s", error)
                self.trouble = str(error)
                return False
            # (The mark is from before the opening: a later change shows again.)
            self._mark, self.trouble = mark, None
            if fresh.key == self._state.key:
                fresh.close()
                return False
            if warm:
                fresh.warm(self._stop.is_set)
            with self._lock:
                stopped = self._stop.is_set()
                if not stopped:
                    old, self._state = self._state, fresh
                    self._users[fresh] = 1
            if stopped:  # nobody would close it
                fresh.close()
                return False
            self.swaps += 1
            for leave in self.leaving:
                leave()
            self.release(old)
            _LOG.info("the data has changed: %s is served now", fresh.key[:12])
            return True

    def _watch(self) -> None:
        seen = self._mark
        while not self._stop.wait(self.settings.watch_s):
            with suppress(Exception):  # whatever it is, the old state is served on
                # (A file that is different at each look is being written.)
                last, seen = seen, self.source.mark()
                if last == seen:
                    self.refresh(warm=True)

    def close(self) -> None:
        """Stop watching, and close the state when its last request has ended."""
        with self._lock:
            if self._stop.is_set():
                return
            self._stop.set()
        self._watcher.join(timeout=5)
        self.release(self._state)
