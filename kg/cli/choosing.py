"""Options that several verbs share: which claims take part, and how an answer is printed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import Session, put, put_bytes, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from kg.analysis import Answer
    from kg.projection import Projection
    from kg.results import Result
    from kg.selection import Selection

_KINDS = ("fact", "assessment", "ascription", "forecast", "recommendation")
_MODALITIES = ("asserted", "reported", "expected", "possible", "conditional", "prescribed")
_PROJECTIONS = ("edges", "claims", "actors", "signed", "causal", "agreements", "sources")
#: How an answer of an analysis is printed; json is our own, the others are those of kg query.
FORMS = ("table", "json", "csv", "tsv", "markdown", "html", "xlsx", "parquet")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the options of one command ask for; names are resolved when it is used."""

    session: Session
    options: Mapping[str, Any]

    @property
    def projection_name(self) -> str:
        """The projection asked for, or the one the verb works on by itself."""
        return str(self.options["projection"])

    @property
    def heading(self) -> str:
        """What a picture of it is called."""
        if self.options.get("query") is not None:
            from kg import saved

            found = saved.find(str(self.options.get("query")), *self.session.query_folders)
            return found.summary or "Answer of a query"
        return "Gambit: claims and sources"

    @property
    def asked(self) -> bool:
        """Whether anything else than the verb's own projection of everything is asked for."""
        source = click.core.ParameterSource.DEFAULT
        context = click.get_current_context()
        return any(context.get_parameter_source(name) is not source for name in self.options)

    @property
    def include_hedged(self) -> bool | None:
        """Whether hedged claims take part; None leaves it to the projection."""
        found: bool | None = self.options["include_hedged"]
        return found

    def selection(self) -> Selection:
        """Return the filters as a ``Selection``; errors as for resolving a name."""
        from kg.claims import Kind, Modality
        from kg.selection import Selection

        o = self.options
        name = self.session.resolve

        def named(key: str) -> tuple[str, ...]:
            return tuple(name(text) for text in o[key])

        return Selection(
            datasets=tuple(dataset_iri(text) for text in o["dataset"]),
            sources=named("source"),
            exclude_sources=named("exclude_source"),
            exclude_holders=named("exclude_holder"),
            kinds=tuple(map(Kind, o["kind"])),
            modalities=tuple(map(Modality, o["modality"])),
            signs=tuple(int(sign) for sign in o["sign"]),
            min_credibility=o["min_credibility"],
            min_reliability=o["min_reliability"] or "",
            min_confidence=o["min_confidence"],
            min_origins=o["min_origins"] or 0,
            as_of=o["as_of"] or "",
            known_by=o["known_by"] or "",
        )

    def project(self, name: str | None = None, *, include_hedged: bool | None = None) -> Projection:
        """Return the projection asked for, of the claims asked for, or of the answer of a query.

        Raises UsageError for a query with filters: it says itself what it wants.
        """
        from kg.projection import project

        if self.options.get("query") is None and self.options.get("param", ()):
            raise UsageError("--param goes with --query", hint="--query NAME -p NAME=VALUE")
        if self.options.get("query") is not None:
            return self.of_answer(*self.answer())

        hedged = self.include_hedged if include_hedged is None else include_hedged
        return project(
            self.session.store,
            name or self.projection_name,
            self.selection(),
            include_hedged=hedged,
        )

    def of_answer(self, name: str, result: Result) -> Projection:
        """Return the answer of a query as a projection, its facts alone when asked for."""
        from kg.projection import facts_of, of_result

        projection = of_result(self.session.store, result, name=name)
        return facts_of(projection) if self.include_hedged is False else projection

    def answer(self) -> tuple[str, Result]:
        """Return the name and the answer of the query that ``--query`` names.

        Raises UsageError for a query with filters: it says itself what it wants.
        """
        from kg import query as engine
        from kg import saved

        what = str(self.options["query"])
        others = self.options.keys() - {"query", "param", "include_hedged"}
        context, default = click.get_current_context(), click.core.ParameterSource.DEFAULT
        if any(context.get_parameter_source(name) is not default for name in others):
            raise UsageError(
                "--query and filters exclude each other", hint="put the condition into the query"
            )
        store = self.session.store
        found = saved.find(what, *self.session.query_folders)
        given = pairs(self.options.get("param", ()))
        return found.name, engine.run_saved(store, found, given, resolve=self.session.resolve)


def pairs(params: tuple[str, ...]) -> dict[str, str]:
    """Return parameters given as ``NAME=VALUE``; UsageError for another form or a repetition."""
    given: dict[str, str] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name:
            raise UsageError(f"{param!r} is not NAME=VALUE", hint="for example -p actor=DPRK")
        if name in given:
            raise UsageError(f"parameter {name} is given twice", hint="give each one once")
        given[name] = value
    return given


def dataset_iri(text: str) -> str:
    """Return the IRI of a named graph, given by CURIE or by the last part of its name."""
    from kg.vocab import ID, expand

    return expand(text) or f"{ID}graph/{text}"


_QUERY = (
    click.option("--query", metavar="NAME|FILE|SPARQL", help="The graph of a query's answer instead."),
    click.option("--param", "-p", multiple=True, metavar="NAME=VALUE", help="With --query: a parameter."),
)  # fmt: skip
_FILTERS = (
    click.option("--dataset", multiple=True, metavar="NAME", help="Only claims of this data set."),
    click.option("--source", multiple=True, metavar="NAME", help="Only claims read in this source, or in those by this actor."),
    click.option("--exclude-source", multiple=True, metavar="NAME", help="Leave out what rests on this source, or on those by this actor."),
    click.option("--exclude-holder", multiple=True, metavar="NAME", help="Leave out what only this one holds."),
    click.option("--kind", multiple=True, type=click.Choice(_KINDS), help="Only claims of this kind."),
    click.option("--modality", multiple=True, type=click.Choice(_MODALITIES), help="Only claims put this way."),
    click.option("--sign", multiple=True, type=click.Choice(("+1", "0", "-1", "1")), help="Only relations of this sign."),
    click.option("--min-credibility", "--min-grade", type=click.IntRange(1, 6), help="At least this credible (1 is best)."),
    click.option("--min-reliability", type=click.Choice(tuple("ABCDE")), help="From a source at least this reliable."),
    click.option("--min-confidence", type=click.IntRange(0, 100), help="At least this confident."),
    click.option("--min-origins", type=click.IntRange(1), help="Behind it at least so many independent origins."),
    click.option("--as-of", metavar="DATE", help="What held then (2024, 2024-11 or 2024-11-10)."),
    click.option("--known-by", metavar="DATE", help="What had been published by then."),
    click.option("--include-hedged/--facts-only", default=None, help="With claims that are no facts, or without; else as the projection is."),
)  # fmt: skip


def chooses(
    projection: str | None = "edges", *, query: bool = True
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add the options that say which claims take part; the command gets a ``Chosen`` as ``chosen``.

    ``projection`` is the one the verb works on unless told otherwise; None for a verb that
    weighs claims itself and has no use for one. ``query`` lets the answer of a query stand
    in for it.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(command)
        def called(*args: Any, **given: Any) -> Any:
            options = {name: given.pop(name) for name in _NAMES if name in given}
            return command(*args, chosen=Chosen(_session(), options), **given)

        for option in reversed((*(_QUERY if query and projection else ()), *_FILTERS)):
            called = option(called)
        if projection is None:
            return called
        return click.option(
            "--projection",
            default=projection,
            show_default=True,
            type=click.Choice(_PROJECTIONS),
            help="The graph it is worked out on.",
        )(called)

    return decorate


_NAMES = [
    "projection",
    "dataset",
    "source",
    "exclude_source",
    "exclude_holder",
    "kind",
    "modality",
    "sign",
    "min_credibility",
    "min_reliability",
    "min_confidence",
    "min_origins",
    "as_of",
    "known_by",
    "query",
    "param",
    "include_hedged",
]


def _session() -> Session:
    found = click.get_current_context().find_object(Session)
    assert found is not None  # the group makes it
    return found


def prints(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how an answer is printed; the command returns the ``Answer``.

    An answer without rows prints its notes, and is left to the command: raise NoError
    where no row means no.
    """

    @wraps(command)
    def called(*args: Any, **given: Any) -> None:
        form = "json" if given.pop("as_json") else given.pop("form", "table")
        given.pop("form", None)
        cite, wide, limit = given.pop("cite"), given.pop("wide"), given.pop("limit")
        answer = command(*args, **given)
        put_answer(_session(), answer, form, cite=cite, wide=wide, limit=limit)

    for option in (
        click.option("--limit", type=click.IntRange(1), help="At most so many rows; says when it cut."),
        click.option("--wide", is_flag=True, help="Do not cut columns to the terminal's width."),
        click.option("--cite", is_flag=True, help="Number the places behind each row."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON (the same as --format json)."),
        click.option("--format", "-f", "form", default="table", show_default=True, type=click.Choice(FORMS), help="How to print it."),
    ):  # fmt: skip
        called = option(called)
    return called


def put_answer(
    session: Session,
    answer: Answer,
    form: str = "table",
    *,
    cite: bool = False,
    wide: bool = False,
    limit: int | None = None,
) -> None:
    """Print an answer: rows on stdout; figures, notes and what it was worked out on beside a table.

    ``cite`` numbers the places behind each row and lists them. Raises UsageError for
    ``cite`` with a format for programs, which carries the claims anyway.
    """
    import sys
    from dataclasses import replace
    from shutil import get_terminal_size

    from kg import results
    from kg.result_formats import FORMATS

    total = len(answer)
    if limit is not None and total > limit:
        answer = replace(answer, rows=answer.rows[:limit])
    marks: list[str] | None = None
    lines: list[str] = []
    if cite:
        if form not in ("table", "markdown", "html", "json"):
            raise UsageError(
                "--cite goes with table, markdown, html and json",
                hint="the other formats carry the claims' ids",
            )
        marks, lines = cited(session, answer)
    if form == "json":
        import json

        found = answer.as_dict()
        if marks is not None:
            for row, mark in zip(found["rows"], marks, strict=True):
                row["sources"] = mark
            found["sources"] = lines
        if total > len(answer):
            found["rows_in_all"] = total
        put(json.dumps(found, ensure_ascii=False, indent=2, allow_nan=False))
        return
    if FORMATS[form].binary and sys.stdout.isatty():
        raise UsageError(
            f"{form} is not for a terminal", hint=f"write it to a file: > answer.{form}"
        )
    result = answer.to_result(short=form == "table" and not wide)
    width = (10_000 if wide else get_terminal_size((120, 40)).columns) if form == "table" else 0
    for_people = form in ("table", "markdown", "html")
    told = [f"{name}: {_shown(value)}" for name, value in answer.figures.items()]
    told += [*answer.notes, *([f"Worked out on {answer.basis}"] if answer.basis else [])]
    put_bytes(
        results.write(
            result,
            form,
            label=result.label,
            width=width,
            extra=("sources", marks) if marks is not None else None,
            notes=[*told, *([""] if told and lines else []), *lines] if for_people else [],
        )
    )
    if not for_people:
        for line in told:
            say(line)
    if total > len(answer):
        say(f"only the first {len(answer)} of {total} rows are shown")


def cited(session: Session, answer: Answer) -> tuple[list[str], list[str]]:
    """Return the marks of each row (``[1][4]``), and what the numbers stand for."""
    from kg import citing
    from kg.vocab import expand

    store = session.store
    references = citing.References(store)
    marks = []
    for row in answer.rows:
        iris = (expand(claim) or claim for claim in row.claims)
        marks.append(references.marks([store.claims[iri] for iri in iris if iri in store.claims]))
    return marks, references.lines()


def _shown(value: object) -> str:
    from kg.analysis.answer import number

    if value is None:
        return "not defined"
    return number(value) if isinstance(value, float) else str(value)
