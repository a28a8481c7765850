"""What answers look like, as JSON Schema 2020-12: for the OpenAPI document and for agents' tools.

Objects may have members beyond those named here; what is named as required is always
there.
"""

from __future__ import annotations

from typing import Any

Schema = dict[str, Any]


def _text(about: str = "") -> Schema:
    return {"type": "string", **({"description": about} if about else {})}


def _maybe(type_: str, about: str = "") -> Schema:
    return {"type": [type_, "null"], **({"description": about} if about else {})}


def _list(of: Schema, about: str = "") -> Schema:
    return {"type": "array", "items": of, **({"description": about} if about else {})}


def _object(properties: Schema, *optional: str, about: str = "") -> Schema:
    return {
        "type": "object",
        **({"description": about} if about else {}),
        "properties": properties,
        "required": [name for name in properties if name not in optional],
    }


_TERM = _object({"id": _text("CURIE"), "label": _text()})
_CLAIMS = _list(_text("CURIE of a claim"), "The claims it rests on; citations has their places")
_CELL: Schema = {
    "type": ["string", "number", "boolean", "null"],
    "description": "null: not defined, never zero",
}

CLAIM: Schema = _object(
    {
        "id": _text("CURIE"),
        "statement": _text("One sentence, in the editors' words"),
        "subject": _text("CURIE"),
        "predicate": _text("CURIE"),
        "object": _text("CURIE, or the text of a literal"),
        "kind": _text("fact, assessment, ascription, forecast or recommendation"),
        "modality": _text(
            "asserted, reported, expected, possible, conditional or prescribed: "
            "only what is asserted is put flatly"
        ),
        "hedges": _list(_text(), "The words that hedge"),
        "polarity": _text("affirmative, or negated: the source denies it"),
        "rank": _text("The editors' preference among rivals"),
        "holders": _list(_text("CURIE"), "Whose assertion it is"),
        "original_holders": _list(_text("CURIE"), "Whose view is relayed"),
        "confidence": _maybe("integer", "0 to 100; null where it cannot be judged"),
        "credibility": _maybe("integer", "Admiralty grade, 1 is best"),
        "footnotes": _list(_text()),
        "sources": _list(_text(), "Where it is written, in words"),
        "conflicts_with": _list(_text("CURIE")),
        "claims": _CLAIMS,
        "in_graph": {"type": "boolean", "description": "Whether it stands as a fact of the graph"},
        "group": _text("How firm it is; edges stand in the graph"),
        "disputed_by": _list(_text("CURIE")),
        "link": _text("How it is linked to the claim asked for"),
    },
    "in_graph",
    "group",
    "disputed_by",
    "link",
)

_STEP = _object(
    {
        "source": _text("CURIE"),
        "source_label": _text(),
        "target": _text("CURIE"),
        "target_label": _text(),
        "distance": {"type": "integer"},
        "direction": _text("along, against or either"),
        "predicate": _text(),
        "phrase": _text("The link in words, in the direction it is taken"),
        "modality": _text(),
        "kind": _text(),
        "polarity": _text("negated: the link is denied"),
        "materialised": {"type": "boolean", "description": "Whether it is a fact of the graph"},
        "contested": {"type": "boolean"},
        "confidence": _maybe("integer"),
        "statement": _text(),
        "firmness": _text("How it is put, in words"),
        "claims": _CLAIMS,
        "sources": _list(_text("CURIE"), "Documents"),
        "holders": _list(_text("CURIE")),
        "origins": {"type": "integer", "description": "Independent origins"},
    }
)

ITEMS: dict[str, Schema] = {
    "Entity": _object(
        {
            "id": _text("CURIE"),
            "iri": _text(),
            "label": _text(),
            "types": _list(_TERM),
            "claims_about": {"type": "integer", "description": "How many claims are about it"},
            "claims": _list(_text("CURIE of a claim"), "The first few of them"),
            "matched": _text("The name that matched"),
            "language": _text(),
        },
        "matched",
        "language",
    ),
    "Claim": CLAIM,
    "Link": _STEP,
    "Path": _object(
        {
            "nodes": _list(_text("CURIE")),
            "modality": _text("The softest of its steps"),
            "firmness": _text("Never more than its weakest step"),
            "materialised": {"type": "boolean", "description": "Whether every step is a fact"},
            "weakest": {"type": "integer", "description": "The number of the weakest step"},
            "hinders": {"type": "boolean"},
            "claims": _CLAIMS,
            "hops": _list(_STEP),
        }
    ),
    "Date": _object(
        {
            "date": _maybe("string", "As exactly as it is known"),
            "precision": _text(),
            "thing": _text("CURIE"),
            "thing_label": _text(),
            "what": _text("What the date is of it"),
            "told": _text("happened, prospect, denied, deprecated or undated"),
            "standing": _text("A fact of the graph, or how it is put"),
            "rank": _text(),
            "origins": _maybe("integer"),
            "against": _text("The other sides of a dispute"),
            "claims": _CLAIMS,
        }
    ),
    "Side": _object(
        {
            "dispute": {"type": "integer", "description": "Rows of one number dispute each other"},
            "subject": _text("CURIE"),
            "subject_label": _text(),
            "says": _text(),
            "object": _text(),
            "put": _text("How its claims put it"),
            "rank": _text("The editors' preference, no verdict"),
            "reason": _text(),
            "held_by": _text(),
            "origins": {"type": "integer"},
            "against": _text("The claims that dispute it"),
            "claims": _CLAIMS,
        }
    ),
    "Change": _object(
        {
            "change": _text("new, gone, changed, newly_contested, new_edges and so on"),
            "id": _text("CURIE"),
            "statement": _text(),
            "edge": _list(_text()),
            "fields": {"type": "object", "description": "Each field before and after"},
            "sources": _list(_text()),
            "claims": _CLAIMS,
        },
        "id",
        "statement",
        "edge",
        "fields",
        "sources",
    ),
    "Row": _object(
        {
            "values": {
                "type": "object",
                "description": "By variable; what is unbound is left out",
                "additionalProperties": _object(
                    {
                        "type": {"enum": ["iri", "literal", "blank", "triple"]},
                        "value": _text(),
                        "id": _text("CURIE"),
                        "label": _text(),
                        "datatype": _text(),
                        "language": _text(),
                    },
                    "id",
                    "label",
                    "datatype",
                    "language",
                ),
            },
            "claims": _CLAIMS,
            "passages": _list(_text("CURIE"), "The places the row rests on"),
            "more": {"type": "integer", "description": "Further places that are not listed"},
        }
    ),
}

_PLACE = _object(
    {
        "passage": _text("CURIE"),
        "source": _text("CURIE of the document"),
        "place": _text("Creator, title, publisher, date, locator"),
    }
)
CITATION: Schema = _object(
    {
        "claim": _maybe("string", "CURIE; null for a place that was named itself"),
        "statement": _text(),
        "kind": _text(),
        "modality": _text(),
        "polarity": _text(),
        "attribution": _text("Who says so"),
        "places": _list(_PLACE),
    },
    "statement",
    "kind",
    "modality",
    "polarity",
    "attribution",
    about="A claim that the answer rests on, how firmly it is put, and where it is written",
)

PROBLEM: Schema = _object(
    {
        "type": _text(),
        "title": _text(),
        "status": {"type": "integer"},
        "detail": _text(),
        "hint": _text("What to do"),
        "parameter": _text("Which parameter is wrong"),
        "candidates": _list(_text(), "What an ambiguous name may stand for"),
        "limit": _text("Which limit was met"),
    },
    "hint",
    "parameter",
    "candidates",
    "limit",
    about="Problem details (RFC 9457)",
)


def _heads() -> dict[str, Schema]:
    """Return what the answers to an operation say of the whole, beside their items."""
    analysis = {
        "figures": {"type": "object", "description": "Results of the whole"},
        "notes": _list(_text(), "How it was worked out, and what was left out"),
        "basis": _text("What it was worked out on"),
    }
    walked = {name: analysis[name] for name in ("notes", "basis")}
    return {
        "get_entity": {
            "id": _text("CURIE"),
            "iri": _text(),
            "label": _text(),
            "types": _list(_TERM),
            "definition": _text(),
            "names": {"type": "object", "description": "Names by language, preferred first"},
            "description": {"type": "object", "description": "Other properties, in words"},
            "groups": {"type": "object", "description": "How many claims, by how firm they are"},
        },
        "get_claim": {
            **{name: CLAIM["properties"][name] for name in CLAIM["required"]},
            "in_graph": CLAIM["properties"]["in_graph"],
            "obstacles": _list(_text(), "What keeps it out of the graph"),
            "origins": _list(_text(), "With whom the information began"),
            "status": _text("supported, single-origin, contested, hedged or unsourced"),
            "notes": _list(_text(), "Footnotes"),
            "links": {"type": "object", "description": "Claims that it is linked with"},
            "proposition": _text("Its triple in words"),
            "attribution": _text("Who says so"),
            "firmness": _text("How it is put"),
        },
        "neighbors": walked,
        "path": walked,
        "timeline": analysis,
        "contested": analysis,
        "diff": {"counts": {"type": "object", "description": "How many claims differ, and how"}},
    }


HEADS = _heads()
#: What the answer to a query says beside its rows.
QUERY_HEAD: Schema = {
    "columns": _list(_text(), "The variables, in order; absent for a yes or no"),
    "truncated": {"type": "boolean", "description": "Whether there was more than is looked at"},
    "boolean": {"type": "boolean", "description": "The answer to a yes-or-no question"},
}


def page(item: Schema, citation: Schema, head: Schema | None = None, *optional: str) -> Schema:
    """Return the schema of an answer: a page of items, with what they rest on."""
    return _object(
        {
            **(head or {}),
            "data": _text("Which state of the data answered; empty where nobody knows"),
            "items": _list(item),
            "total": {"type": "integer", "description": "How many items there are in all"},
            "next": _maybe("string", "The cursor of the next page; null at the end"),
            "citations": _list(citation),
            "citations_left_out": {
                "type": "integer",
                "description": "Claims that the items name and citations has no room for",
            },
        },
        *optional,
    )


def of_query(item: Schema, citation: Schema) -> Schema:
    """Return the schema of the answer to a query."""
    return page(item, citation, QUERY_HEAD, *QUERY_HEAD)
