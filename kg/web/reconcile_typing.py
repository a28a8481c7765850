"""Reconciliation while somebody types: suggestions, previews and flyouts."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from kg import citing, dossier
from kg.linking.reconciliation import ID_PROPERTY, Reconciler
from kg.names import fold
from kg.vocab import KG, compress
from kg.web.problems import HttpError
from kg.web.reconciling import (
    MOST_TEXT,
    OWN,
    definition_of,
    id_of,
    kind_of,
    property_name,
    term_of,
    wrong,
)

SUGGESTIONS = 10
PREVIEW_CLAIMS = 4
Parameters = Mapping[str, str]


# ---------------------------------------------------------------- suggestions


def _typed(given: Parameters) -> tuple[str, int]:
    prefix, cursor = given.get("prefix", ""), given.get("cursor") or "0"
    if len(prefix) > MOST_TEXT:
        raise wrong("prefix", f"at most {MOST_TEXT} characters")
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) < 10):
        raise wrong("cursor", "how many suggestions to pass over")
    return prefix, int(cursor)


def suggest_entity(over: Reconciler, address: str, given: Parameters) -> dict[str, Any]:
    """Return things whose names begin like this, or have such a word."""
    prefix, first = _typed(given)
    found = over.suggest(prefix)[first : first + SUGGESTIONS]
    return {
        "result": [
            {
                "id": id_of(iri),
                "name": over.store.label(iri),
                "description": definition_of(over, iri) or name,
                "notable": [kind_of(over, kind) for kind in over.kinds(iri)],
            }
            for iri, name in found
        ]
    }


def suggest_type(over: Reconciler, address: str, given: Parameters) -> dict[str, Any]:
    """Return classes that things here are in, by their names."""
    kinds = {kind for profile in over.profiles for kind in profile.kinds}
    above = {up for kind in kinds for up in over.store.vocabulary.ancestors(kind)}
    names = {compress(k): over.store.vocabulary.label(k) for k in above if k.startswith(KG)}
    return _suggest_term(over, given, names)


def suggest_property(over: Reconciler, address: str, given: Parameters) -> dict[str, Any]:
    """Return properties that things here have, by their names."""
    names = [*OWN, *map(compress, over.properties())]
    return _suggest_term(over, given, {name: property_name(over, name) for name in names})


def _suggest_term(over: Reconciler, given: Parameters, names: Mapping[str, str]) -> dict[str, Any]:
    prefix, first = _typed(given)
    wanted = fold(prefix)
    ranked = []
    for name, label in names.items():
        plain = fold(label)
        if prefix == name or plain == wanted:
            ranked.append((0, label, name))
        elif plain.startswith(wanted) or name.partition(":")[2].casefold().startswith(wanted):
            ranked.append((1, label, name))
        elif f" {wanted}" in plain:
            ranked.append((2, label, name))
    result = []
    for _, label, name in sorted(ranked)[first : first + SUGGESTIONS]:
        term = over.store.vocabulary.terms.get(term_of(name))
        result.append({"id": name, "name": label, "description": term.definition if term else ""})
    return {"result": result}


# ---------------------------------------------------------------- previews


def _thing(over: Reconciler, given: Parameters) -> str:
    iri = over.iri(given.get("id", ""))
    if iri not in over.places:
        raise HttpError(
            404, f"nothing here has the id {given.get('id', '')[:100]!r}", hint="actor/dprk"
        )
    return iri


def _summary(over: Reconciler, iri: str) -> str:
    store = over.store
    kinds = ", ".join(store.vocabulary.label(kind) for kind in over.kinds(iri))
    names = [label.text for label in store.labels.get(iri, ()) if label.text != store.label(iri)]
    parts = [
        f"<h1>{escape(store.label(iri))}</h1><p><small>{escape(kinds)} · "
        f"{escape(compress(iri))}</small></p>"
    ]
    if names:
        parts.append(f"<p>{escape(' / '.join(names[:8]))}</p>")
    if definition := definition_of(over, iri):
        parts.append(f"<p>{escape(definition)}</p>")
    claims = [store.claims[c] for c in store.claims_about.get(iri, ())]
    told = [c for c in claims if c.statement and not c.is_identity][:PREVIEW_CLAIMS]
    if told:
        items = "".join(
            f"<li>{escape(c.statement)} <small>({escape(dossier.firmness(c))}; "
            f"{escape(citing.place(store, c.evidence[0]) if c.evidence else 'no place')})</small></li>"
            for c in told
        )
        parts.append(f"<ul>{items}</ul>")
    return "".join(parts)


def preview(over: Reconciler, address: str, given: Parameters) -> str:
    """Return a page on one thing, for a small frame."""
    iri = _thing(over, given)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f"<title>{escape(over.store.label(iri))}</title><style>:root{{color-scheme:light dark}}"
        "body{font:.85rem/1.4 system-ui,sans-serif;margin:.6rem}h1{font-size:1.1rem;margin:0}"
        "p,ul{margin:.3rem 0;padding-left:0}li{margin-left:1.2rem}</style>"
        f"<main>{_summary(over, iri)}</main></html>\n"
    )


def flyout_entity(over: Reconciler, address: str, given: Parameters) -> dict[str, str]:
    """Return a few words on one thing, as HTML."""
    return {"id": given.get("id", ""), "html": _summary(over, _thing(over, given))}


def flyout_term(over: Reconciler, address: str, given: Parameters) -> dict[str, str]:
    """Return a few words on a class or property, as HTML."""
    name = given.get("id", "")
    term = over.store.vocabulary.terms.get(term_of(name))
    if term is None and name not in OWN and not name.startswith(ID_PROPERTY):
        raise HttpError(404, f"the ontology has no term {name[:100]!r}", hint="kg:State")
    label = term.label if term else property_name(over, name)
    text = term.definition if term else ""
    return {"id": name, "html": f"<h1>{escape(label)}</h1><p>{escape(text)}</p>"}
