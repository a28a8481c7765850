"""Look things up: info, search, show, why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import (
    Session,
    as_json,
    clean,
    columns,
    pass_session,
    put,
    put_json,
    sources_dir,
)
from kg.errors import NoError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kg.citing import References
    from kg.claims import Claim
    from kg.dossier import Coverage
    from kg.store import Store


@click.command()
@click.option("--coverage", is_flag=True, help="What became of every sentence of each source.")
@as_json
@pass_session
def info(session: Session, coverage: bool, as_json: bool) -> None:
    """Say what is loaded: files, counts by class, source and modality.

    \b
    kg info
    kg info --coverage
    """
    from kg import dossier

    if coverage:
        reports = dossier.coverage(session.store)
        if as_json:
            put_json([report.as_dict() for report in reports])
        else:
            put(
                "\n\n".join(_coverage_text(report) for report in reports)
                or "No source is marked as completely encoded."
            )
        if any(not unit.accounted for report in reports for unit in report.units):
            raise NoError("some sentences are not accounted for", hint="look for “MISSING” above")
        return
    found = dossier.info(session.store)
    if as_json:
        put_json(found)
        return
    lines = [f"{found['claims']} claims, {found['edges']} edges that stand in the graph", ""]
    lines.append(
        columns([(f["graph"], f"{f['triples']:,} triples", f["file"]) for f in found["files"]])
    )
    for title, name in (
        ("Claims by kind", "claims_by_kind"),
        ("Claims by modality", "claims_by_modality"),
        ("Claims by source", "claims_by_source"),
        ("Claims by holder", "claims_by_holder"),
        ("Things by class", "things_by_class"),
    ):
        counts: dict[str, int] = found[name]
        lines += [
            "",
            title,
            columns(((str(n).rjust(6), key) for key, n in counts.items()), indent=" "),
        ]
    lines += ["", f"Denied: {found['claims_denied']}   In dispute: {found['claims_in_dispute']}"]
    put(clean("\n".join(lines)))


def _coverage_text(report: Coverage) -> str:
    found = report.as_dict()
    lines = [
        f"{found['title']}",
        f"{found['units']} units: {found['with_claims']} read into {found['claims']} claims, "
        f"{found['without_claim_for_a_reason']} left out for a reason, "
        f"{found['unaccounted']} missing",
        "",
    ]
    rows = []
    for unit in found["report"]:
        outcome = ", ".join(claim.removeprefix("claim:") for claim in unit["claims"])
        outcome = outcome or (f"no claim: {unit['reason']}" if unit["reason"] else "MISSING")
        rows.append((unit["place"], outcome))
    return clean("\n".join(lines) + columns(rows))


@click.command()
@click.argument("text")
@click.option("--limit", default=20, show_default=True, help="At most so many.")
@click.option("--claims", is_flag=True, help="Search the statements of claims too.")
@as_json
@pass_session
def search(session: Session, text: str, limit: int, claims: bool, as_json: bool) -> None:
    """Find things by any name, in any language.

    \b
    kg search korea
    kg search 북한
    """
    from kg.names import search as find

    hits = find(session.store, text, limit=limit, claims=claims)
    if as_json:
        put_json([_hit(hit) for hit in hits])
    elif hits:
        put(clean(columns([tuple(map(str, _hit(hit).values())) for hit in hits])))
    if not hits:
        raise NoError(
            f"nothing is called {text!r}",
            hint="try a shorter part of it"
            + ("" if claims else ", or --claims to look into statements and notes"),
        )


def _hit(hit: Any) -> dict[str, Any]:
    from kg.vocab import compress

    return {
        "id": compress(hit.iri),
        "type": hit.type_label,
        "claims": hit.claims,
        "label": hit.label,
        "matched": hit.matched if hit.matched != hit.label else "",
    }


@click.command()
@click.argument("name")
@click.option("--all", "everything", is_flag=True, help="Every claim, however many.")
@click.option("--brief", is_flag=True, help="The first five of each group.")
@as_json
@pass_session
def show(session: Session, name: str, everything: bool, brief: bool, as_json: bool) -> None:
    """Print the dossier of one thing, each statement with its numbered source.

    \b
    kg show "North Korea"
    kg show agreement:russia-dprk-treaty-2024 --brief
    """
    from kg import citing, dossier
    from kg.vocab import compress

    store = session.store
    found = dossier.show(store, session.resolve(name))
    references = citing.References(store)
    if as_json:
        put_json(_dossier_json(store, found, references))
        return
    lines = [f"{found.label}  ({compress(found.iri)})", "  " + ", ".join(found.types)]
    if found.definition:
        lines.append(f"  {found.definition}")
    names = [
        f"{language or '-'}: {' / '.join(texts)}" for language, texts in sorted(found.names.items())
    ]
    if len(names) > 1 or any(" / " in line for line in names):
        lines += ["", "Names", *(f"  {line}" for line in names)]
    if found.description:
        lines += [
            "",
            "Description",
            columns(
                [(key, "; ".join(values)) for key, values in found.description.items()], indent="  "
            ),
        ]
    limit = None if everything else 5 if brief else 15
    for key, title in dossier.GROUPS:
        claims = found.groups.get(key, ())
        if not claims:
            continue
        lines += ["", f"{title} ({len(claims)})"]
        lines += [
            f"  {_claim_line(store, claim, references, found.disputed.get(claim.iri, ()))}"
            for claim in claims[:limit]
        ]
        if limit is not None and len(claims) > limit:
            lines.append(f"  … {len(claims) - limit} more: kg show {compress(found.iri)} --all")
    lines += ["", "Sources", *(f"  {line}" for line in references.lines())]
    put(clean("\n".join(lines)))


def _claim_line(
    store: Store, claim: Claim, references: References, against: tuple[str, ...]
) -> str:
    from kg import dossier
    from kg.vocab import compress

    name = compress(claim.iri).removeprefix("claim:")
    notes = []
    if claim.hedged or claim.kind != "fact":
        notes.append(dossier.firmness(claim))
    if claim.original_holders:
        notes.append("view of " + ", ".join(map(store.label, claim.original_holders)))
    if against:
        notes.append("disputed by " + ", ".join(_short(iri) for iri in against))
    if claim.rank != "normal":
        notes.append(f"{claim.rank}: {claim.rank_reason}" if claim.rank_reason else str(claim.rank))
    tail = f"  [{'; '.join(notes)}]" if notes else ""
    text = claim.statement or dossier.proposition(store, claim)
    if claim.identity_scheme:
        value = dossier.worded(store, claim.object)
        text = f"{store.label(claim.subject)}: {claim.identity_scheme} {value}"
    return f"{name}: {text} {references.marks([claim])}{tail}"


def _short(iri: str) -> str:
    from kg.vocab import compress

    return compress(iri).removeprefix("claim:")


def _dossier_json(store: Store, found: Any, references: References) -> dict[str, Any]:
    from kg.vocab import compress

    groups = {
        key: [_claim_json(store, claim, references) for claim in claims]
        for key, claims in found.groups.items()
    }
    return {
        "id": compress(found.iri),
        "iri": found.iri,
        "label": found.label,
        "types": list(found.types),
        "definition": found.definition,
        "names": found.names,
        "description": found.description,
        "claims": groups,
        "disputed": {
            compress(iri): [compress(other) for other in others]
            for iri, others in found.disputed.items()
        },
        "sources": references.lines(),
    }


def _claim_json(store: Store, claim: Claim, references: References) -> dict[str, Any]:
    from kg import citing

    return {**citing.claim_values(store, claim), "cites": list(references.cite(claim))}


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="CLAIM | SUBJECT PREDICATE OBJECT")
@sources_dir
@as_json
@pass_session
def why(session: Session, words: tuple[str, ...], sources: Path | None, as_json: bool) -> None:
    """Give the chain of evidence behind a claim or an edge.

    \b
    kg why claim:bipss-001
    kg why event:deployment-2024 kg:recipient Russia
    """
    from kg import citing, dossier
    from kg.vocab import compress

    store = session.store
    if len(words) == 1:
        iri = session.resolve(words[0] if ":" in words[0] else f"claim:{words[0]}")
        if iri not in store.claims:
            raise UsageError(
                f"{compress(iri)} is not a claim", hint=f"kg show {compress(iri)} lists its claims"
            )
        claims: tuple[Claim, ...] = (store.claims[iri],)
    elif len(words) == 3:
        claims = dossier.explain_edge(store, *_edge(session, words))
    else:
        raise UsageError(
            "give one claim, or an edge as subject, predicate and object",
            hint="kg why event:deployment-2024 kg:recipient Russia",
        )
    texts = _passage_texts(store, sources)
    chains = [dossier.why(store, claim) for claim in claims]
    if as_json:
        references = citing.References(store)
        put_json(
            [
                {
                    **_claim_json(store, chain.claim, references),
                    **chain.as_dict(),
                    "passages": [texts[p] for p, _ in chain.places if p in texts],
                }
                for chain in chains
            ]
        )
        return
    put(clean("\n\n".join(_chain_text(store, chain, texts) for chain in chains)))


def _edge(session: Session, words: tuple[str, ...]) -> tuple[str, str, Any]:
    from pyoxigraph import Literal

    from kg.errors import UnknownNameError
    from kg.vocab import KG, expand

    store = session.store
    subject = session.resolve(words[0])
    predicate = expand(words[1]) or KG + words[1]
    if predicate not in store.vocabulary.terms:
        raise UnknownNameError(f"no property {words[1]}", hint="kg show SUBJECT lists what is said")
    # A literal is found by its text, whatever its datatype.
    for claim in store.claims.values():
        if (
            claim.subject == subject
            and claim.predicate == predicate
            and isinstance(claim.object, Literal)
            and claim.object.value == words[2]
        ):
            return subject, predicate, claim.object
    return subject, predicate, session.resolve(words[2])


def _passage_texts(store: Store, sources: Path | None) -> dict[str, str]:
    if sources is None:
        return {}
    from kg.verification import find_passages

    return {iri: found.text for iri, found in find_passages(store, sources).found.items()}


def _chain_text(store: Store, chain: Any, texts: dict[str, str]) -> str:
    from kg import dossier

    claim = chain.claim
    rows = [
        ("says", chain.proposition),
        ("held by", dossier.attribution(store, claim)),
        ("put as", dossier.firmness(claim)),
    ]
    for passage, where in chain.places:
        rows.append(("written in", where))
        if passage in texts:
            rows.append(("", f"“{texts[passage]}”"))
    rows += [("cites", note) for note in chain.footnotes]
    grade = (
        f"credibility {claim.credibility} of 6" if claim.credibility else "credibility not graded"
    )
    sure = (
        f"confidence {claim.confidence} of 100" if claim.confidence is not None else "no confidence"
    )
    rows.append(("graded", f"{grade}, {sure}"))
    if claim.valid_from or claim.valid_to:
        rows.append(("holds", f"{claim.valid_from or '…'} to {claim.valid_to or '…'}"))
    if claim.covered_to:
        rows.append(("covered", f"to {claim.covered_to}: of later days the source says nothing"))
    if claim.rank != "normal":
        rows.append(("rank", f"{claim.rank}: {claim.rank_reason}"))
    rows.append(("origins", f"{chain.status}: {', '.join(chain.origins) or 'none named'}"))
    for name, linked in chain.links.items():
        rows += [(name, f"{_short(c.iri)}: {c.statement}") for c in linked]
    if claim.check_method:
        rows.append(("checked", claim.check_method))
    if claim.note:
        rows.append(("editor", claim.note))
    reason = "yes: it stands as an edge" if chain.in_graph else "no: " + "; ".join(chain.obstacles)
    rows.append(("in graph", reason))
    return f"{_short(claim.iri)}: {claim.statement}\n" + columns(rows, indent="  ")
