"""The Python interface: ``kg.open()`` gives a ``Graph``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from kg.claims import Claim
from kg.errors import UsageError
from kg.store import Store

if TYPE_CHECKING:
    from kg.projection import Projection
    from kg.results import Result
    from kg.selection import Selection
    from kg.worker import Pool


class Graph:
    """An opened graph: query it, read its claims, project it, draw it.

    ``store`` has the rest: sources, passages, adding and saving, rdflib. SPARQL of
    your own runs in a process that is kept for the next query until ``close``, or
    until nobody holds the graph any more.
    """

    def __init__(self, store: Store, *, queries: Path | None = None) -> None:
        self.store = store
        self._queries = queries
        self._pool: Pool | None = None

    def close(self) -> None:
        """End the processes that queries run in; the next query starts new ones."""
        if self._pool is not None:
            self._pool.close()
            self._pool = None

    def query(self, what: str, *, limit: int | None = None, **params: str) -> Result:
        """Run a saved query by name, or SPARQL text; parameters are given by name.

        ``g.query("motivations-of", actor="DPRK")``. Iterating the result gives a
        dict a row. Raises QueryError, RefusedError, LimitError (``kg.sandbox.Limits``
        has the limits), UsageError.
        """
        from kg import citing, files, query, saved, sparql
        from kg.results import Cited

        own = (self._queries,) if self._queries else ()
        found = saved.find(what, *own, files.queries_dir())
        result = query.run_saved(
            self.store,
            found,
            params,
            resolve=self.resolve,
            limit=limit,
            runner=None if query.is_shipped(found) else self._workers(),
        )
        result.label = self.store.label
        bound = sparql.bind(found.text, query.bindings(found, params, self.resolve))

        def cite(answer: Result) -> Cited:
            references = citing.References(self.store)
            rows = citing.backing(self.store, answer, bound)
            return Cited([references.mark(row) for row in rows], references.lines())

        result.citer = cite
        return result

    def _workers(self) -> Pool | None:
        # A store in memory may change under a pool, which would answer from the old
        # one; a compiled store cannot.
        if self._pool is None and self.store.place is not None:
            import weakref

            from kg.worker import Pool

            self._pool = Pool(self.store, workers=1)
            weakref.finalize(self, self._pool.close)
        return self._pool

    def claims(self, about: str | None = None) -> tuple[Claim, ...]:
        """Return every claim, or those whose subject or object is the thing named."""
        if about is None:
            return tuple(self.store.claims.values())
        found = self.store.claims_about.get(self.resolve(about), ())
        return tuple(self.store.claims[iri] for iri in found)

    def resolve(self, name: str) -> str:
        """Return the IRI that a label, alias, CURIE, ISO code or Wikidata id stands for."""
        from kg.names import resolve

        return resolve(self.store, name)

    def project(
        self, name: str | Result = "edges", *, include_hedged: bool | None = None, **wanted: Any
    ) -> Projection:
        """Return a projection by name (``kg.projection.PROJECTIONS``) as a networkx graph.

        The answer of a query is one, too: ``g.project(g.query("triads"))``.

        ``wanted`` are the fields of ``kg.selection.Selection``, things by any name:
        ``g.project("signed", exclude_sources="Deutsche Welle", as_of="2024-11")``. Raises
        what ``kg.projection.project`` raises, UnknownNameError and AmbiguousNameError for
        names, UsageError for a field that does not exist.
        """
        from kg.projection import of_result, project

        if not isinstance(name, str):
            if wanted or include_hedged is not None:
                raise UsageError(
                    "an answer is projected as it is", hint="put the condition into the query"
                )
            return self._displayed(of_result(self.store, name))
        chosen = self.select(**wanted)
        return self._displayed(project(self.store, name, chosen, include_hedged=include_hedged))

    def _displayed(self, projection: Projection) -> Projection:
        from dataclasses import replace

        def display(shown: Projection) -> dict[str, str]:
            from kg.view.notebook import bundle

            return bundle(self.store, shown)

        return replace(projection, display=display)

    def select(self, **wanted: Any) -> Selection:
        """Return which claims are to take part, things given by any name (``Selection``)."""
        from dataclasses import fields

        from kg.selection import Selection

        known = {field.name: field for field in fields(Selection)}
        given: dict[str, Any] = {}
        for name, value in wanted.items():
            if name not in known:
                raise UsageError(
                    f"a selection has no {name!r}", hint="it has " + ", ".join(sorted(known))
                )
            if value is None:
                continue
            if isinstance(known[name].default, tuple):
                values = (value,) if isinstance(value, str | int) else tuple(value)
                given[name] = tuple(self._meant(name, one) for one in values)
            elif name in ("as_of", "known_by"):  # a year, or one of Python's dates
                given[name] = str(value)[:10]
            elif name == "min_reliability":
                given[name] = str(value)
            else:
                given[name] = self._number(name, value)
        return Selection(**given)

    @staticmethod
    def _number(field: str, value: Any) -> int:
        try:
            return int(value)
        except (TypeError, ValueError):
            raise UsageError(
                f"{field} {value!r} is no number", hint="give a whole number"
            ) from None

    def _meant(self, field: str, value: Any) -> Any:
        from kg.claims import Kind, Modality

        match field:
            case "kinds" | "modalities":
                scale: type[Kind] | type[Modality] = Kind if field == "kinds" else Modality
                if value not in list(scale):
                    raise UsageError(f"there is no {value!r} in {field}", hint=", ".join(scale))
                return scale(value)
            case "signs":
                return self._number(field, value)
            case "datasets":
                from kg.vocab import ID, expand

                return expand(str(value)) or f"{ID}graph/{value}"
            case _:
                return self.resolve(str(value))

    def view(
        self,
        to: Path | str | None = None,
        projection: Projection | None = None,
        *,
        title: str = "Gambit: claims and sources",
        layout: str = "force",
    ) -> bytes:
        """Return the graph, or a projection of it, as one HTML page, and write it to a file.

        ``to`` may end in ``.svg`` or ``.png`` for a static picture.
        """
        from kg import files, view
        from kg.view.static import render_static

        shown = projection or self.project("claims")
        suffix = Path(to).suffix if to is not None else ""
        if suffix in (".svg", ".png"):
            form: Literal["svg", "png"] = "svg" if suffix == ".svg" else "png"
            page = render_static(self.store, shown, form=form, title=title, layout=layout)
        else:
            page = view.render(self.store, shown, title=title, layout=layout)
        if to is not None:
            files.write_bytes(Path(to), page)
        return page

    def to_rdflib(self) -> object:
        """Return an rdflib Dataset over the same data (``Store.as_rdflib``)."""
        return self.store.as_rdflib()

    def summary(self) -> Mapping[str, object]:
        """Return what is loaded, as ``kg info --json`` prints it."""
        from kg.dossier import info

        return info(self.store)

    def __repr__(self) -> str:
        store = self.store
        return f"<Graph: {len(store.claims):,} claims, {len(store.sources):,} sources>"
