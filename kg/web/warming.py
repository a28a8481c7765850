"""What first requests need, worked out before somebody waits for it.

Each is kept by the store (``Store.made``) or by what is made of it, so that a request which
comes meanwhile waits for the step that it needs, and for no other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from kg.store import Store

if TYPE_CHECKING:
    from kg.web.live import State

#: What a store reads of itself, in the order in which one needs the other.
_READ = (
    "vocabulary",
    "labels",
    "claims",
    "claims_about",
    "passages",
    "sources",
    "citations",
    "edges",
    "disputes",
)


def steps(state: State) -> Iterator[Callable[[], object]]:
    """Yield what is to be done for a state, one after the other, what most requests need first."""
    from kg.analysis import standing, timeline
    from kg.linking.reconciliation import Reconciler
    from kg.names import Statements, search
    from kg.web import linked, openapi, overview, rendering, telling
    from kg.web.suggesting import Names

    store = state.store
    yield rendering.version
    for name in _READ:
        yield lambda name=name: getattr(store, name)  # type: ignore[misc]
    yield lambda: overview.overview(store)
    yield lambda: store.made(Names)
    yield lambda: telling.prepare(store)
    yield lambda: search(store, "a name that nobody has")
    yield lambda: store.made(Reconciler).prepare()
    yield lambda: standing.weigh(store).prepare()
    yield lambda: store.made(Statements)
    yield lambda: timeline.timeline(store, part=slice(0))
    yield lambda: openapi.document("", state.queries)
    yield lambda: linked.description(state, "http://localhost")
    yield lambda: _graph(store)


def _graph(store: Store) -> None:
    """Keep the graph of claims beside a compiled store, and import what draws."""
    import kg.view  # noqa: F401
    from kg.projection import project

    project(store, "claims")
