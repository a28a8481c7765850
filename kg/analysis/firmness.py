"""How firmly an edge is put: the one order, the words for it, and which edges are ties at all.

The order, firmest first:

1. a fact of the graph (``materialised``) that nothing here disputes;
2. a fact of the graph that another claim disputes;
3. what is no fact, by its modality in the order of ``kg.claims.Modality``: a judgement put
   flatly before a report, a report before a forecast. However flatly it is put, it comes
   after any fact.

Among equals of this order what nobody disputes comes first, then what is put more flatly
(of two facts, the asserted before the reported), then what is of the kind "fact", then
what is claimed at all: an edge that only a query made has no claim.

When something held is another question: an edge may be a fact and undated. No measure
of how many voices there are is in it either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kg.claims import Claim, Kind, Modality, Polarity
from kg.turtle import natural

#: Attributes of an edge of a projection.
Data = Mapping[str, Any]

#: Why an edge is no tie and no step, in the words of the notes that count them.
NO_TIE = ("denied", "recommended", "retracted")


def grade(data: Data) -> int:
    """Return the place of an edge in the order above: 0 a fact, 1 a contested fact, then from 2."""
    if data["materialised"]:
        return int(bool(data["contested"]))
    return 2 + Modality(data["modality"]).softness


def softness(data: Data) -> tuple[int, bool, int, bool, bool]:
    """Return what edges are compared by: the place in the order, then what tells equals apart."""
    return (
        grade(data),
        bool(data["contested"]),
        Modality(data["modality"]).softness,
        data["kind"] != Kind.FACT,
        not data["claims"],
    )


def softest(modalities: Iterable[Modality]) -> Modality:
    """Return the least firm of some modalities: a chain is as firm as its softest step."""
    return max(modalities, key=lambda modality: modality.softness)


def firmest(edges: Iterable[Data]) -> Data:
    """Return the firmest of some edges that say one thing; of equals that of the first claim."""
    return min(edges, key=lambda data: (softness(data), natural(str(data["claims"]))))


#: How an edge is put that is in the answer of a query and that nobody claims.
UNCLAIMED = "no claim: only the query joins them"
#: How an edge is put whose claims the query names, and which say something else.
JOINED = "only the query joins them: its claim says something else"


def words(data: Data) -> str:
    """Return how an edge is put: "fact", "contested fact", "denied, asserted fact", "possible forecast"."""
    if not data["claims"]:
        return UNCLAIMED
    if data.get("by_query"):
        return JOINED
    if data["materialised"]:
        found = "fact"
    else:
        found = put_as(data["modality"], data["kind"], denied=data["polarity"] == Polarity.NEGATED)
    return f"contested {found}" if data["contested"] else found


def put_as(modality: str, kind: str, *, denied: bool = False, hedges: Iterable[str] = ()) -> str:
    """Return in words how a claim that is no fact of the graph is put, with what hedges it.

    >>> put_as("possible", "forecast", hedges=("may",)), put_as("asserted", "fact", denied=True)
    ('possible (“may”) forecast', 'denied, asserted fact')
    """
    quoted = "”, “".join(hedges)
    hedge = f" (“{quoted}”)" if quoted else ""
    return f"{'denied, ' if denied else ''}{modality}{hedge} {kind}"


def put(claim: Claim) -> str:
    """Return how firmly a claim is put, with the words that hedge it."""
    denied = claim.polarity is Polarity.NEGATED
    return put_as(claim.modality, claim.kind, denied=denied, hedges=claim.hedges)


def wishes(data: Data) -> bool:
    """Return whether an edge says what should be or should not be, not what is."""
    return bool(data["kind"] == Kind.RECOMMENDATION or data["modality"] == Modality.PRESCRIBED)


def no_tie(data: Data) -> str:
    """Return why an edge is no tie and no step (one of ``NO_TIE``); empty where it is one.

    A denial joins nobody, nor does what only should be (a recommendation, or any claim
    that prescribes), nor what has been withdrawn. A projection by name has no withdrawn
    claims; one made of a query's answer may.
    """
    if data["polarity"] == Polarity.NEGATED:
        return "denied"
    if wishes(data):
        return "recommended"
    return "retracted" if data.get("retracted_on") else ""


def stands(data: Data) -> bool:
    """Return whether an edge counts as a tie or a step: it says that something is so."""
    return not no_tie(data)
