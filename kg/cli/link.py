"""Identity: link."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from kg.cli.common import Session, as_json, clean, columns, pass_session, put, put_json, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.linking.judgements import Judgement, Linked, Verdict
    from kg.linking.matching import Candidate
    from kg.store import Store
    from kg.workspace import Workspace

_by = click.option(
    "--by", metavar="NAME", envvar="KG_REVIEWER", help="Who judges; KG_REVIEWER, else the user."
)
_why = click.option("--because", "why", metavar="TEXT", default="", help="Why.")
_between = click.option(
    "--between",
    nargs=2,
    metavar="KIND KIND",
    help="Only between nodes named by these keys, such as ofac uksl; own: the shipped graph's and yours.",
)
_min_score = click.option(
    "--min-score",
    type=click.IntRange(0, 100),
    default=70,
    show_default=True,
    help="From which score.",
)


@click.group(invoke_without_command=True)
@as_json
@pass_session
@click.pass_context
def link(ctx: click.Context, session: Session, as_json: bool) -> None:
    """Say which nodes of several data sets are one thing; alone: link by identifiers.

    Identifiers join exactly, each in its scheme and its time. Names only propose
    (candidates, review); people judge, and can take it back (withdraw). Queries and
    views then see linked nodes as one; the files stay as they are.

    \b
    kg link                           by identifiers, and by the judgements made
    kg link candidates --between ofac uksl
    kg link review --min-score 90
    kg link same ofac:9345 uksl:DPR0157 --because "same UN number"
    kg link list
    """
    if ctx.invoked_subcommand is None:
        from kg.linking.judgements import link as run

        _report(session, run(_workspace(session)), as_json)


@link.command()
@_between
@_min_score
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option(
    "--accept-over",
    type=click.IntRange(1, 101),
    metavar="SCORE",
    help="Judge all from this score the same, in bulk; each link says so.",
)
@_by
@as_json
@pass_session
def candidates(
    session: Session,
    between: tuple[str, str] | None,
    min_score: int,
    limit: int,
    accept_over: int | None,
    by: str | None,
    as_json: bool,
) -> None:
    """List what may be one thing by its names, with a score and the reasons for it."""
    from kg.linking.judgements import Judgement, Verdict
    from kg.linking.judgements import link as run

    workspace = _workspace(session)
    store, found = _candidates(workspace, between, min_score)
    if accept_over is None:
        if as_json:
            put_json([_plain(candidate) for candidate in found[:limit]])
            return
        rows = [_row(store, candidate) for candidate in found[:limit]]
        put(columns(rows) if rows else "no candidates")
        if len(found) > limit:
            say(f"{len(found) - limit:,} more: --limit")
        return
    who, today = _reviewer(by), _today()
    accepted = [
        Judgement(
            c.one,
            c.other,
            Verdict.SAME,
            who,
            today,
            f"accepted in bulk at a score of {accept_over} or more: {c.reasons}",
            c.score,
        )
        for c in found
        if c.score >= accept_over
    ]
    done = run(workspace, accepted)
    if not as_json:
        put(f"{len(accepted)} of {len(found)} candidates judged the same in bulk")
    _report(session, done, as_json)


@link.command()
@_between
@_min_score
@_by
@pass_session
def review(
    session: Session, between: tuple[str, str] | None, min_score: int, by: str | None
) -> None:
    """Go through the candidates one by one: same, different, unsure.

    Quit when you like: what was answered is kept.
    """
    from kg.linking.judgements import Verdict
    from kg.linking.judgements import link as run

    workspace = _workspace(session)
    who = _reviewer(by)
    store, found = _candidates(workspace, between, min_score)
    answers = {"s": Verdict.SAME, "d": Verdict.DIFFERENT, "u": Verdict.UNSURE}
    given: list[Judgement] = []
    try:
        _go_through(store, found, answers, who, given)
    finally:  # what was answered is kept, also when somebody stops in the middle
        if given:
            run(workspace, given)
    put(f"{len(given)} judged of {len(found)} candidates")


def _go_through(
    store: Store,
    found: list[Candidate],
    answers: dict[str, Verdict],
    who: str,
    given: list[Judgement],
) -> None:
    """Ask about each candidate, and collect the answers."""
    from kg.linking.judgements import Judgement

    for place, candidate in enumerate(found, 1):
        put(f"\n{place} of {len(found)}  score {candidate.score}")
        for iri in (candidate.one, candidate.other):
            put(f"  {_described(store, iri)}")
        put(f"  {clean(candidate.reasons)}")
        try:
            answer = click.prompt(
                "[s]ame, [d]ifferent, [u]nsure, [n]ext, [q]uit",
                type=click.Choice([*answers, "n", "q"]),
                show_choices=False,
                err=True,
            )
        except click.Abort:  # the end of the input
            break
        if answer == "q":
            break
        if answer in answers:
            why = click.prompt("why", default="", show_default=False, err=True)
            given.append(
                Judgement(
                    candidate.one,
                    candidate.other,
                    answers[answer],
                    who,
                    _today(),
                    why or f"by its score: {candidate.reasons}",
                    candidate.score,
                )
            )


def _judging(verdict: str, text: str) -> click.Command:
    """Return the command that judges two nodes so."""

    @click.command(name=verdict, help=text)
    @click.argument("one")
    @click.argument("other")
    @_why
    @_by
    @pass_session
    def judge(session: Session, one: str, other: str, why: str, by: str | None) -> None:
        from kg.linking.judgements import Verdict

        _judge(session, one, other, Verdict(verdict), why, by)

    return judge


link.add_command(_judging("same", "Judge two nodes to be the same thing."))
link.add_command(
    _judging("different", "Judge two nodes to be different things, whatever joins them.")
)
link.add_command(
    _judging("unsure", "Note that two nodes may be one thing and nobody can tell; joins nothing.")
)


@link.command()
@click.argument("judgement", nargs=-1, required=True, metavar="CLAIM...")
@pass_session
def withdraw(session: Session, judgement: tuple[str, ...]) -> None:
    """Withdraw judgements by their claims; what they joined is as it was before."""
    from kg.linking.judgements import link as run
    from kg.vocab import expand

    today = _today()
    done = run(
        _workspace(session),
        withdraw=[(expand(name) or expand(f"claim:{name}") or name, today) for name in judgement],
    )
    _report(session, done, False)


@link.command(name="list")
@as_json
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the judgements, who made them, when and why; and what stands for what."""
    from kg.linking.judgements import judgements

    store = _workspace(session).open(joined=False)
    found = judgements(store)
    groups = _groups(store)
    if as_json:
        put_json(
            {
                "judgements": [{**j._asdict(), "verdict": str(j.verdict)} for j in found],
                "links": dict(sorted(groups.items())),
            }
        )
        return
    for j in found:
        gone = f", withdrawn {j.withdrawn}" if j.withdrawn else ""
        put(
            clean(
                f"{_short(j.iri)}  {_short(j.one)}  {_short(j.other)}  {j.verdict}"
                f"  by {store.label(j.by)}, {j.on}{gone}: {j.why}"
            )
        )
    for stands, members in sorted(groups.items()):
        put(
            clean(
                f"{_short(stands)}  {store.label(stands)}  stands for {', '.join(map(_short, members))}"
            )
        )
    if not found and not groups:
        put("no links: kg link makes them")


def _judge(
    session: Session, one: str, other: str, verdict: Verdict, why: str, by: str | None
) -> None:
    from kg.linking.judgements import Judgement
    from kg.linking.judgements import link as run
    from kg.names import resolve

    workspace = _workspace(session)
    store = workspace.open(joined=False)
    first, second = (resolve(store, name) for name in (one, other))
    if first == second:
        raise UsageError(f"{one} and {other} are one node already", hint="name two")
    done = run(workspace, [Judgement(first, second, verdict, _reviewer(by), _today(), why)])
    _report(session, done, False)


def _candidates(
    workspace: Workspace, between: tuple[str, str] | None, min_score: int
) -> tuple[Store, list[Candidate]]:
    from kg.linking.judgements import judgements
    from kg.linking.matching import candidates as find

    store = workspace.open(joined=False)
    apart = [frozenset((j.one, j.other)) for j in judgements(store) if not j.withdrawn]
    for stands, members in _groups(store).items():
        group = [stands, *members]
        apart += [frozenset((a, b)) for n, a in enumerate(group) for b in group[n + 1 :]]
    one, other = _sides(store, between) if between else (None, None)
    found = find(store, one=one, other=other, apart=apart)
    return store, [candidate for candidate in found if candidate.score >= min_score]


def _sides(store: Store, between: tuple[str, str]) -> tuple[str, str]:
    """Return whose nodes are meant; UsageError for a key by which no node here is named."""
    from kg.linking.matching import dataset_of

    here = {dataset_of(iri) or "own" for iri in store.labels}
    for kind in between:
        if kind not in here:
            raise UsageError(
                f"no node here is named {kind}:...", hint="one of " + ", ".join(sorted(here))
            )
    one, other = sorted(between, key=lambda kind: kind != "own")
    return ("" if one == "own" else one), other


def _groups(store: Store) -> dict[str, list[str]]:
    from kg import joining

    found: dict[str, list[str]] = {}
    links = store.engine.quads_for_pattern(None, None, None, joining.LINKS_GRAPH)
    for node, stands in sorted(joining.read(links).items(), key=str):
        found.setdefault(stands.value, []).append(node.value)
    return found


def _report(session: Session, done: Linked, as_json: bool) -> None:
    found = done.found
    if as_json:
        put_json(
            {
                "linked": done.nodes,
                "things": len(found.groups),
                "groups": found.groups,
                "conflicts": [c._asdict() for c in found.conflicts],
                "ambiguous": [i._asdict() for i in found.ambiguous],
            }
        )
        return
    nodes = "node is" if done.nodes == 1 else "nodes are"
    things = "thing" if len(found.groups) == 1 else "things"
    put(f"{done.nodes:,} {nodes} linked to {len(found.groups):,} {things}")
    for conflict in found.conflicts[:20]:
        put(
            f"kept apart: {_short(conflict.one)} and {_short(conflict.other)} share "
            f"{conflict.joined_by}, but {conflict.kept_apart_by}"
        )
    if len(found.conflicts) > 20:
        say(f"{len(found.conflicts) - 20} more kept apart: --json")
    for identifier in found.ambiguous[:20]:
        put(
            f"unclear: {_short(identifier.node)} has {identifier.shown}, which others held at "
            "other times; not linked until its claim says from when to when"
        )
    if not done.change.counts:
        say("nothing has changed")


def _workspace(session: Session) -> Workspace:
    if session.workspace is None:
        raise UsageError(
            "links are kept in a workspace", hint="kg init my-research && cd my-research"
        )
    return session.workspace


def _reviewer(by: str | None) -> str:
    import getpass

    from kg.linking.judgements import reviewer

    try:
        return reviewer(by or getpass.getuser())
    except (KeyError, OSError):
        raise UsageError("nobody is named as the reviewer", hint='--by "Jane Doe"') from None


def _today() -> str:
    import datetime

    return datetime.date.today().isoformat()


def _short(iri: str) -> str:
    from kg.vocab import compress

    return compress(iri)


def _row(store: Store, candidate: Candidate) -> tuple[str, ...]:
    return (
        str(candidate.score),
        *(f"{_short(iri)} {clean(store.label(iri))}" for iri in (candidate.one, candidate.other)),
        clean(candidate.reasons),
    )


def _described(store: Store, iri: str) -> str:
    kinds: Iterable[str] = (store.vocabulary.label(kind) for kind in store.types(iri))
    names = [name.text for name in store.labels.get(iri, ())]
    return clean(f"{_short(iri)}  {' / '.join(names[:6])}  ({', '.join(kinds) or 'no class'})")


def _plain(candidate: Candidate) -> dict[str, object]:
    return {
        "one": candidate.one,
        "other": candidate.other,
        "score": candidate.score,
        "names": candidate.names,
        "features": [f._asdict() for f in candidate.features],
    }
