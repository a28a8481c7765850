"""Reconciliation: batches of queries answered with candidates, and things with their values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pyoxigraph import Literal

from kg import dossier
from kg.identity import SCHEMES
from kg.linking.reconciliation import ID_PROPERTY, Candidate, Query, Reconciler
from kg.vocab import ID, KG, SKOS, XSD, compress, expand
from kg.web.problems import HttpError

#: So many queries in one batch, and characters in one text.
BATCH = 50
MOST_TEXT = 1_000
_CANDIDATES, _MOST_CANDIDATES = 10, 100
_MOST_IDS = 1_000
_MOST_PROPERTIES = 50


def object_of(name: str, text: str) -> dict[str, Any]:
    """Return the JSON object that a parameter is; HttpError (400) when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise wrong(name, "it is no JSON") from None
    if not isinstance(found, dict):
        raise wrong(name, "it is no object")
    return found


def wrong(name: str, what: str) -> HttpError:
    """Return the error of something that is not as the API says."""
    return HttpError(
        400,
        f"{name}: {what}",
        hint="the Reconciliation Service API 0.2 says how it looks",
        parameter=name.partition(".")[0],
    )


def id_of(iri: str) -> str:
    """Return the id of a thing: what follows the identifier space in its IRI."""
    return iri.removeprefix(ID)


def kind_of(over: Reconciler, iri: str) -> dict[str, Any]:
    """Return a class as the API has types."""
    return {"id": compress(iri), "name": over.store.vocabulary.label(iri)}


# ---------------------------------------------------------------- queries


def candidates(over: Reconciler, batch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the candidates of each query of a batch; HttpError (413) for too large a batch."""
    if len(batch) > BATCH:
        raise HttpError(
            413, f"{len(batch)} queries at once", hint=f"at most {BATCH}, as batchSize says"
        )
    queries = [_query(over, name, given) for name, given in batch.items()]
    limits = [_limit(name, given) for name, given in batch.items()]
    found = over.candidates(queries, limits)
    return {
        name: {"result": [_candidate(over, candidate) for candidate in candidates]}
        for name, candidates in zip(batch, found, strict=True)
    }


def _candidate(over: Reconciler, candidate: Candidate) -> dict[str, Any]:
    features = {feature.name.replace(" ", "_"): feature.points for feature in candidate.features}
    return {
        "id": id_of(candidate.iri),
        "name": over.store.label(candidate.iri),
        "description": _described(over, candidate),
        "type": [kind_of(over, kind) for kind in over.kinds(candidate.iri)],
        "score": candidate.score,
        "features": [{"id": name, "value": points} for name, points in features.items()],
        "match": candidate.match,
    }


def _described(over: Reconciler, candidate: Candidate) -> str:
    reasons = "; ".join(f"{f.name} {f.points:+d} ({f.detail})" for f in candidate.features)
    definition = definition_of(over, candidate.iri)
    return f"{definition} [{reasons}]" if definition else reasons


def definition_of(over: Reconciler, iri: str) -> str:
    """Return the sentence that says what a thing is, empty where there is none."""
    found = over.store.objects(iri, SKOS + "definition")
    return found[0].value if found else ""


def _query(over: Reconciler, name: str, given: Any) -> Query:
    if not isinstance(given, dict):
        raise wrong(f"queries.{name[:50]}", "it is no object")
    text = given.get("query", "")
    if not isinstance(text, str) or len(text) > MOST_TEXT:
        raise wrong(f"queries.{name[:50]}.query", f"text of at most {MOST_TEXT} characters")
    listed = given.get("properties") or []
    if not isinstance(listed, list) or len(listed) > _MOST_PROPERTIES:
        raise wrong(f"queries.{name[:50]}.properties", f"a list of at most {_MOST_PROPERTIES}")
    properties = tuple(_property(over, name, one) for one in listed)
    if not text.strip() and not properties:
        raise wrong(f"queries.{name[:50]}", "it has neither query nor properties")
    strict = given.get("type_strict", "any")
    if strict not in ("any", "all", "should"):
        raise wrong(f"queries.{name[:50]}.type_strict", "any, all or should")
    return Query(text, tuple(_types(name, given.get("type"))), strict, properties)


def _types(name: str, given: Any) -> list[str]:
    found: list[str] = []
    for one in given if isinstance(given, list) else [given] if given else []:
        kind = one.get("id") if isinstance(one, dict) else one
        if not isinstance(kind, str) or len(found) > _MOST_PROPERTIES:
            raise wrong(f"queries.{name[:50]}.type", "ids of types, such as kg:State")
        found.append(term_of(kind))
    return found


def term_of(name: str) -> str:
    """Return the IRI of a term of the ontology: a CURIE, or its bare name."""
    return expand(name) or KG + name


def _property(over: Reconciler, name: str, given: Any) -> tuple[str, tuple[Any, ...]]:
    pid = given.get("pid") if isinstance(given, dict) else None
    if not isinstance(pid, str):
        raise wrong(f"queries.{name[:50]}.properties", "each has a pid and a v")
    listed = given.get("v")
    values = []
    for value in listed if isinstance(listed, list) else [listed]:
        if isinstance(value, dict):
            value = value.get("id")
            value = over.iri(value) if isinstance(value, str) else value
        if not isinstance(value, str | int | float):
            raise wrong(f"queries.{name[:50]}.properties", "v is text, a number or an entity")
        values.append(value)
    if len(values) > _MOST_PROPERTIES:
        raise wrong(f"queries.{name[:50]}.properties", f"at most {_MOST_PROPERTIES} values")
    return (pid if pid.startswith(ID_PROPERTY) else term_of(pid)), tuple(values)


def _limit(name: str, given: Mapping[str, Any]) -> int:
    limit = given.get("limit", _CANDIDATES)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or not limit >= 1:
        raise wrong(f"queries.{name[:50]}.limit", "a whole number, 1 or more")
    return int(min(limit, _MOST_CANDIDATES))


# ---------------------------------------------------------------- values of properties

_NAMES, _DEFINITION, _TYPES = "names", "definition", "types"
OWN = {_NAMES: "every name", _DEFINITION: "definition", _TYPES: "types"}


def extend(over: Reconciler, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of some properties of some things."""
    ids, wanted = asked.get("ids"), asked.get("properties")
    if not isinstance(ids, list) or not all(isinstance(one, str) for one in ids):
        raise wrong("extend.ids", "a list of ids")
    if not isinstance(wanted, list) or not wanted or len(wanted) > _MOST_PROPERTIES:
        raise wrong("extend.properties", f"a list of 1 to {_MOST_PROPERTIES} properties")
    if len(ids) > _MOST_IDS:
        raise HttpError(413, f"{len(ids)} things at once", hint=f"at most {_MOST_IDS}")
    settings: dict[str, tuple[int, bool]] = {}
    for one in wanted:
        if not isinstance(one, dict) or not isinstance(one.get("id"), str):
            raise wrong("extend.properties", "each has an id")
        settings[one["id"]] = _settings(one.get("settings") or {})
    return {
        "meta": [{"id": name, "name": property_name(over, name)} for name in settings],
        "rows": {
            one: {
                name: _values(over, over.iri(one), name, hedged)[: limit or None]
                for name, (limit, hedged) in settings.items()
            }
            for one in ids
        },
    }


def _settings(given: Any) -> tuple[int, bool]:
    limit, claims = (given.get("limit", 0), given.get("claims", "facts")) if given else (0, "facts")
    text = str(limit).removesuffix(".0")
    if not (text.isascii() and text.isdecimal()) or claims not in ("facts", "all"):
        raise wrong("extend.settings", "limit is a number, claims is facts or all")
    return int(text[:9]), claims == "all"


def property_name(over: Reconciler, name: str) -> str:
    """Return what a property is called."""
    if name.startswith(ID_PROPERTY):
        scheme = SCHEMES.get(name.removeprefix(ID_PROPERTY))
        return scheme.label if scheme else name
    return OWN.get(name) or over.store.vocabulary.label(term_of(name))


def _values(over: Reconciler, iri: str, name: str, hedged: bool) -> list[dict[str, Any]]:
    if iri not in over.places:
        return []
    if name == _NAMES:
        return [{"str": label.text} for label in over.store.labels.get(iri, ())]
    if name == _DEFINITION:
        text = definition_of(over, iri)
        return [{"str": text}] if text else []
    if name == _TYPES:
        return [{"str": over.store.vocabulary.label(kind)} for kind in over.kinds(iri)]
    if name.startswith(ID_PROPERTY):
        schemes = over.identifiers(iri, name.removeprefix(ID_PROPERTY))
        return [{"str": value} for value in dict.fromkeys(schemes)]
    found: dict[str, dict[str, Any]] = {}
    for value, claim in over.values(iri, term_of(name), hedged=hedged):
        cell = _cell(over, value)
        if dossier.group_of(over.store, claim) != "edges":
            if not hedged:
                continue  # rivals of which none is preferred: no fact of the graph
            said = cell.get("name", next(iter(cell.values())))
            cell = {"str": f"{said} ({dossier.firmness(claim)})"}
        found.setdefault(json.dumps(cell, sort_keys=True), cell)
    return list(found.values())


def _cell(over: Reconciler, value: str | Literal) -> dict[str, Any]:
    if isinstance(value, str):
        return {"id": id_of(value), "name": over.store.label(value)}
    datatype = value.datatype.value.removeprefix(XSD)
    # (A date is no date and time: it stays the text that it is, no more exact than it is.)
    if datatype == "integer" and len(value.value) < 19:
        return {"int": int(value.value)}
    if datatype in ("decimal", "double", "float") and value.value[-1:].isdecimal():
        return {"float": float(value.value)}
    return {"str": value.value}


def proposals(over: Reconciler, address: str, given: Mapping[str, str]) -> dict[str, Any]:
    """Return the properties that things of a type have, those of most claims first."""
    type_ = given.get("type", "")
    limit = given.get("limit", "100")
    if not (limit.isascii() and limit.isdecimal() and 0 < len(limit) < 7):
        raise wrong("limit", "a whole number")
    kind = term_of(type_) if type_ else ""
    names = [*OWN, *map(compress, over.properties(kind))]
    return {
        "type": type_,
        "limit": int(limit),
        "properties": [
            {"id": name, "name": property_name(over, name)} for name in names[: int(limit)]
        ],
    }
