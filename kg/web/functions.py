"""The answers to what programs and agents ask, over the functions of the command line.

Each takes checked parameters (``kg.web.parameters``) and gives ``Found``: plain
items, and the claims and passages that they rest on. How it is called, paged and written
is not its business (``kg.web.calling``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode

from kg import dossier
from kg.citing import claim_values
from kg.claims import Claim, Kind, Modality
from kg.errors import UnknownNameError
from kg.selection import Selection, select
from kg.store import Store
from kg.turtle import natural
from kg.vocab import RDF, compress, expand
from kg.web.live import State
from kg.web.parameters import wrong
from kg.web.problems import HttpError

#: So many things that a name finds are looked at.
MOST_HITS = 2_000
# A thing in a list is cited by so many of the claims about it.
_CLAIMS_OF_A_THING = 3
_NO_WAY = (
    "Nothing is claimed to join them here, which is not to say that nothing does. Hedged claims "
    "are no edges: hedged=true walks them, too."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What one call asks: checked values, names resolved, and which part of the items."""

    state: State
    values: Mapping[str, Any]
    first: int = 0
    most: int = 50
    #: Where the data sets of ``diff`` are.
    sets: Any = None

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def page(self, items: Sequence[Any]) -> Sequence[Any]:
        """Return the part of the items that was asked for."""
        return items[self.first : self.first + self.most]


@dataclass(frozen=True, slots=True)
class Found:
    """One page of an answer: what is said of the whole, the items, and what they rest on."""

    items: list[dict[str, Any]]
    total: int
    head: Mapping[str, Any] = field(default_factory=dict)
    claims: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()


def prepare(state: State) -> None:
    """Read what answers of every kind need, which takes seconds where there is much.

    Whoever stops an answer (``kg.web.turns``) does so after this, or none would ever end.
    """
    from kg.names import search

    store = state.store
    if store.working_copy is not None:
        return  # a server has the data: only what is asked for is read
    _ = store.claims, store.claims_about, store.edges
    _ = store.passages, store.sources, store.citations
    search(store, "all that has a name", limit=1)


# ---------------------------------------------------------------- things


def _thing(state: State, iri: str) -> dict[str, Any]:
    store = state.store
    about = store.claims_about.get(iri, ())
    return {
        "id": compress(iri),
        "iri": iri,
        "label": store.label(iri),
        "types": [
            {"id": compress(t), "label": store.vocabulary.label(t)} for t in store.types(iri)
        ],
        "claims_about": len(about),
        "claims": [compress(claim) for claim in about[:_CLAIMS_OF_A_THING]],
    }


def entities(asked: Asked) -> Found:
    """Return things by any name, best first; all of them, in natural order, without one."""
    from kg.names import search

    state, store = asked.state, asked.state.store
    kind = _class(state, asked["type"]) if asked["type"] else ""
    matched: dict[str, tuple[str, str]] = {}
    if asked["q"]:
        hits = search(store, asked["q"], limit=MOST_HITS)
        matched = {hit.iri: (hit.matched, hit.language) for hit in hits}
        nodes = list(matched)
    else:
        nodes = store.made(_in_order)
    nodes = [node for node in nodes if node not in store.claims]
    if kind:
        within = _instances(state, kind)
        nodes = [node for node in nodes if node in within]
    items = []
    for node in asked.page(nodes):
        item = _thing(state, node)
        if node in matched:
            item["matched"], item["language"] = matched[node]
        items.append(item)
    return Found(items, len(nodes), claims=_named(items))


def _in_order(store: Store) -> list[str]:
    """Return the named things in natural order of their IRIs."""
    return sorted(store.labels, key=natural)


def _instances(state: State, kind: str) -> frozenset[str]:
    """Return the things of a class, and of those below it."""
    store = state.store
    below = (iri for iri in store.vocabulary.terms if kind in store.vocabulary.ancestors(iri))
    store.read_ahead(predicates=(RDF + "type",))
    return frozenset(
        quad.subject.value
        for iri in below
        for quad in store.quads(None, NamedNode(RDF + "type"), NamedNode(iri))
        if isinstance(quad.subject, NamedNode)
    )


def _class(state: State, name: str) -> str:
    iri = expand(name) or expand(f"kg:{name}") or ""
    if iri not in state.store.vocabulary.terms:
        raise wrong("type", f"the ontology has no class {name[:50]!r}", "such as kg:State")
    return iri


def _named(items: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the claims that items name, as IRIs, each once."""
    curies = dict.fromkeys(claim for item in items for claim in item.get("claims", ()))
    return tuple(expand(curie) or curie for curie in curies)


def entity(asked: Asked) -> Found:
    """Return what is known of one thing, its claims by how firm they are."""
    state, iri = asked.state, asked["id"]
    found = dossier.show(state.store, iri)
    groups = [
        (group, claim) for group, _ in dossier.GROUPS for claim in found.groups.get(group, ())
    ]
    items = [
        {
            "group": group,
            **claim_values(state.store, claim),
            "disputed_by": [compress(c) for c in found.disputed.get(claim.iri, ())],
            "claims": [compress(claim.iri)],
        }
        for group, claim in asked.page(groups)
    ]
    head = {
        "id": compress(iri),
        "iri": iri,
        "label": found.label,
        "types": [
            {"id": compress(t), "label": state.store.vocabulary.label(t)}
            for t in state.store.types(iri)
        ],
        "definition": found.definition,
        "names": found.names,
        "description": found.description,
        "groups": {name: len(claims) for name, claims in found.groups.items()},
    }
    # (A claim is a thing, too: of itself it says where it is written.)
    own = (iri,) if iri in state.store.claims else ()
    return Found(items, len(groups), head, (*own, *_named(items)))


# ---------------------------------------------------------------- claims


def claims(asked: Asked) -> Found:
    """Return the claims that are asked for, in natural order."""
    state, store = asked.state, asked.state.store
    wanted = Selection(
        sources=tuple(asked["source"]),
        kinds=tuple(map(Kind, asked["kind"])),
        modalities=tuple(map(Modality, asked["modality"])),
        as_of=asked["as_of"] or "",
        known_by=asked["known_by"] or "",
    )
    about = asked["about"]
    near = frozenset(store.claims_about.get(about, ())) if about else None
    predicate = _predicate(state, asked["predicate"]) if asked["predicate"] else ""
    polarity = asked["polarity"]
    chosen = [
        claim
        for iri, claim in select(store, wanted).claims.items()
        if (near is None or iri in near)
        and (not predicate or predicate in store.vocabulary.ancestors(claim.predicate))
        and (not polarity or str(claim.polarity) == polarity)
    ]
    items = [_claim_item(state, claim) for claim in asked.page(chosen)]
    head = {"basis": wanted.described()}
    return Found(items, len(chosen), head, _named(items))


def _claim_item(state: State, claim: Claim) -> dict[str, Any]:
    return {
        **claim_values(state.store, claim),
        "claims": [compress(claim.iri)],
        "in_graph": dossier.group_of(state.store, claim) == "edges",
    }


def _predicate(state: State, name: str) -> str:
    iri = expand(name) or expand(f"kg:{name}") or ""
    if iri not in state.store.vocabulary.terms:
        raise wrong("predicate", f"the ontology has no property {name[:50]!r}", "kg:hasParty")
    return iri


def claim(asked: Asked) -> Found:
    """Return the chain of evidence of one claim, and the claims it is linked with."""
    store, iri = asked.state.store, asked["id"]
    if iri not in store.claims:
        raise UnknownNameError(
            f"{compress(iri)} is not a claim", hint=f"/api/entities/{compress(iri)}"
        )
    claim = store.claims[iri]
    chain = dossier.why(store, claim)
    links = tuple(c.iri for claims in chain.links.values() for c in claims)
    head = {
        **_claim_item(asked.state, claim),
        **chain.as_dict(),
        "proposition": chain.proposition,
        "attribution": dossier.attribution(store, claim),
        "firmness": dossier.firmness(claim),
        "valid_from": claim.valid_from,
        "valid_to": claim.valid_to,
        "note": claim.note,
    }
    linked = [
        {"link": name, **_claim_item(asked.state, other)}
        for name, others in chain.links.items()
        for other in others
    ]
    return Found(list(asked.page(linked)), len(linked), head, tuple(dict.fromkeys((iri, *links))))


# ---------------------------------------------------------------- the graph


def _projection(asked: Asked) -> Any:
    from kg.projection import project

    chosen = Selection(
        exclude_sources=tuple(asked["exclude_source"]),
        as_of=asked["as_of"] or "",
        known_by=asked["known_by"] or "",
        min_origins=asked["min_origins"] or 0,
    )
    return project(
        asked.state.store, asked["projection"], chosen, include_hedged=asked["hedged"] or None
    )


def neighbors(asked: Asked) -> Found:
    """Return the links around a thing."""
    from kg.analysis.paths import neighbor_answer, neighbors

    projection, node = _projection(asked), compress(asked["of"])
    steps = neighbors(projection, node, depth=asked["depth"])
    answer = neighbor_answer(projection, steps)
    items = [{**s.as_dict(), "firmness": s.firmness} for s in asked.page(steps)]
    head = {"of": node, "basis": answer.basis, "notes": _notes(answer, steps)}
    return Found(items, len(steps), head, _named(items))


def _notes(answer: Any, found: Sequence[Any]) -> list[str]:
    return [*answer.notes, *([] if found else [_NO_WAY])]


def path(asked: Asked) -> Found:
    """Return the best chains between two things; none is an empty list, with a note."""
    from kg.analysis.paths import path_answer, paths

    projection = _projection(asked)
    ends = compress(asked["from"]), compress(asked["to"])
    if ends[0] == ends[1]:
        raise wrong("to", f"both ends are {ends[0]}", "name two different things")
    directed = asked["directed"]
    if directed is None:
        directed = projection.name == "causal"
    found = paths(projection, *ends, k=asked["k"], directed=directed, by=asked["by"])
    answer = path_answer(projection, found)
    items = []
    for path in asked.page(found):
        item = path.as_dict()
        for plain, hop in zip(item["hops"], path.hops, strict=True):
            plain["firmness"] = hop.firmness
        items.append(item)
    head = {"basis": answer.basis, "notes": _notes(answer, found)}
    return Found(items, len(found), head, _named(items))


# ---------------------------------------------------------------- answers of an analysis


def _of_analysis(asked: Asked, answer: Any, total: int | None = None) -> Found:
    """Return a page of an answer; with a ``total`` it has the rows of that page alone."""
    plain = answer.as_dict()
    items = list(asked.page(plain["rows"]) if total is None else plain["rows"])
    total = len(plain["rows"]) if total is None else total
    head = {
        "figures": plain["figures"],
        "notes": plain["notes"],
        "basis": plain["basis"],
        "columns": [{"name": c.name, "holds": c.holds, "about": c.about} for c in answer.columns],
    }
    return Found(items, total, head, _named(items))


def _weighed(asked: Asked) -> Selection:
    return Selection(
        exclude_sources=tuple(asked["exclude_source"]),
        as_of=asked["as_of"] or "",
        known_by=asked["known_by"] or "",
    )


def timeline(asked: Asked) -> Found:
    """Return what is dated, in order."""
    from kg.analysis.timeline import dates_in, timeline

    if asked["from"] and asked["to"] and asked["from"] > asked["to"] + "~":
        raise wrong("to", f"it is before from={asked['from']}", "give the earlier day to from")
    answer = timeline(
        asked.state.store,
        _weighed(asked),
        about=asked["about"] or "",
        since=asked["from"] or "",
        until=asked["to"] or "",
        undated=bool(asked["undated"]),
        part=slice(asked.first, asked.first + asked.most),
    )
    return _of_analysis(asked, answer, dates_in(answer, undated=bool(asked["undated"])))


def contested(asked: Asked) -> Found:
    """Return what sources disagree on, one item a side."""
    from kg.analysis.standing import contested

    answer = contested(asked.state.store, _weighed(asked), about=asked["about"] or "")
    return _of_analysis(asked, answer)


def _edition(workspace: Any, name: str, value: str) -> Path:
    """Return the file of an edition that a parameter names; HttpError (400) if there is none."""
    known = workspace.editions()
    wanted, at, edition = value.partition("@")
    if wanted not in known or (at and edition not in known[wanted]):
        there = [f"{one}@{e}" for one, editions in known.items() for e in editions]
        raise wrong(name, f"there is no edition {value[:100]}", ", ".join(there[:20]))
    path: Path = known[wanted][edition if at else next(iter(known[wanted]))][1]
    return path


def editions_key(workspace: Any, values: Mapping[str, Any]) -> str:
    """Return what differs when ``diff`` would: the hash of both files; empty where there are none.

    Raises what ``diff`` raises for editions that are not there.
    """
    if workspace is None:
        return ""
    digest = hashlib.sha256()
    for name in ("before", "after"):
        path = _edition(workspace, name, values[name])
        with suppress(OSError):  # reading it says what is wrong with it
            with path.open("rb") as content:
                digest.update(hashlib.file_digest(content, "sha256").digest())
            continue
        return ""
    return digest.hexdigest()


def diff(asked: Asked) -> Found:
    """Return what changed between two editions of an imported data set."""
    from kg import diff

    workspace = asked.sets
    if workspace is None:
        raise HttpError(
            404, "no workspace is served here", hint="kg --workspace DIR serve has data sets"
        )
    for name in ("before", "after"):
        _edition(workspace, name, asked[name])
    before, after = (workspace.edition(asked[name]) for name in ("before", "after"))
    plain = diff.plain(diff.diff(before, after))
    counts = plain.pop("counts")
    rows: list[dict[str, Any]] = []
    for change, entries in plain.items():
        for entry in entries:
            if isinstance(entry, list):
                edge = [compress(part) for part in entry]
                rows.append({"change": change, "edge": edge, "claims": []})
            else:
                curie = compress(entry.pop("claim"))
                rows.append({"change": change, "id": curie, **entry, "claims": [curie]})
    items = list(asked.page(rows))
    head = {"before": asked["before"], "after": asked["after"], "counts": counts}
    # (Their claims are in the two editions, which may be no part of what is served.)
    return Found(_placed(items, before, after), len(rows), head)


def _placed(items: list[dict[str, Any]], *stores: Any) -> list[dict[str, Any]]:
    """Return changes with the places of their claims, of the newest edition that has each."""
    for item in items:
        for curie in item["claims"]:
            iri = expand(curie) or curie
            holding = next((s for s in reversed(stores) if iri in s.claims), None)
            if holding is not None:
                item["sources"] = claim_values(holding, holding.claims[iri])["sources"]
    return items
