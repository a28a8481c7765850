"""What can be asked, by programs and agents alike: the table of operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from kg.claims import Kind, Modality, Polarity
from kg.projection import PROJECTIONS
from kg.web import functions
from kg.web.functions import Asked, Found
from kg.web.parameters import PAGING, Param


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its name, its address below /api, and the function that answers it."""

    name: str
    path: str
    summary: str
    params: tuple[Param, ...]
    run: Callable[[Asked], Found]
    #: The name of the schema of its items, in ``kg.web.schemas``.
    item: str = "Row"


def _name(name: str, about: str, *, required: bool = False, example: str = "") -> Param:
    return Param(name, "name", about, required=required, example=example)


_ID = Param("id", "name", "CURIE, IRI or name", required=True, in_path=True, example="actor:dprk")
_ABOUT = _name("about", "Only what concerns this thing", example="DPRK")
_AS_OF = Param("as_of", "date", "Only what held then", example="2024-12-31")
_KNOWN_BY = Param("known_by", "date", "Only what had been published by then")
_EXCLUDE = Param("exclude_source", "name", "Leave out a document or a publisher", many=True)
_TIMES = (_AS_OF, _KNOWN_BY)
_WALK = (
    Param("projection", "choice", "What is walked", default="edges", choices=tuple(PROJECTIONS)),
    Param("hedged", "boolean", "Walk claims that are no facts, too", default=False),
    Param("min_origins", "integer", "Independent origins of a link", least=0, most=100, default=0),
    _EXCLUDE,
    *_TIMES,
)

OPERATIONS: Mapping[str, Operation] = {
    operation.name: operation
    for operation in (
        Operation(
            "search",
            "/entities",
            f"Things by any name, in any language, the best {functions.MOST_HITS:,}; all of them without q",
            (
                Param("q", "string", "A name or a part of one, or an identifier", example="DPRK"),
                Param("type", "string", "A class of the ontology", example="kg:State"),
                *PAGING,
            ),
            functions.entities,
            "Entity",
        ),
        Operation(
            "get_entity",
            "/entities/{id}",
            "What is known of one thing: names, description, and its claims by how firm they are",
            (_ID, *PAGING),
            functions.entity,
            "Claim",
        ),
        Operation(
            "claims",
            "/claims",
            "Claims by what they are about, how they are put, and where they stand",
            (
                _ABOUT,
                Param("predicate", "string", "A property of the ontology", example="kg:hasParty"),
                Param("kind", "choice", "Sort of claim", choices=tuple(Kind), many=True),
                Param("modality", "choice", "How firmly", choices=tuple(Modality), many=True),
                Param("polarity", "choice", "For or against", choices=tuple(Polarity)),
                Param("source", "name", "Read in this document, or from this publisher", many=True),
                *_TIMES,
                *PAGING,
            ),
            functions.claims,
            "Claim",
        ),
        Operation(
            "get_claim",
            "/claims/{id}",
            "The chain of evidence of a claim: who, how firmly, where, and who disagrees",
            (
                Param("id", "name", "The claim", True, in_path=True, example="claim:bipss-072"),
                *PAGING,
            ),
            functions.claim,
            "Claim",
        ),
        Operation(
            "neighbors",
            "/neighbors",
            "What a thing is linked to, each link with its claims",
            (
                _name("of", "The thing", required=True, example="DPRK"),
                Param("depth", "integer", "Steps", default=1, least=1, most=3),
                *_WALK,
                *PAGING,
            ),
            functions.neighbors,
            "Link",
        ),
        Operation(
            "path",
            "/path",
            "The best chains between two things; a chain is as firm as its softest step",
            (
                _name("from", "Where it begins", required=True, example="DPRK"),
                _name("to", "Where it ends", required=True, example="Russia"),
                Param("k", "integer", "So many paths", default=3, least=1, most=10),
                Param(
                    "by",
                    "choice",
                    "Shortest first, or best founded",
                    default="hops",
                    choices=("hops", "evidence"),
                ),
                Param("directed", "boolean", "Follow links only forwards; causal chains do"),
                *_WALK,
                *PAGING,
            ),
            functions.path,
            "Path",
        ),
        Operation(
            "timeline",
            "/timeline",
            "What is dated, in order, as exactly as it is known, with rival dates",
            (
                _ABOUT,
                Param("from", "date", "Not before", example="2024-06"),
                Param("to", "date", "Not after", example="2024-12"),
                Param("undated", "boolean", "List what has no date, too", default=False),
                _EXCLUDE,
                *_TIMES,
                *PAGING,
            ),
            functions.timeline,
            "Date",
        ),
        Operation(
            "contested",
            "/contested",
            "What sources disagree on, one row a side; no verdict",
            (_ABOUT, _EXCLUDE, *_TIMES, *PAGING),
            functions.contested,
            "Side",
        ),
        Operation(
            "diff",
            "/diff",
            "What changed between two editions of an imported data set, claim by claim",
            (
                Param("before", "string", "NAME, or NAME@EDITION", required=True),
                Param("after", "string", "NAME, or NAME@EDITION", required=True),
                *PAGING,
            ),
            functions.diff,
            "Change",
        ),
    )
}
