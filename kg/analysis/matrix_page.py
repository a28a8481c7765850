"""A hypothesis matrix as one HTML page: no script, no network, to read, print and hand on."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from kg.analysis.answer import number
from kg.analysis.firmness import put as firmly
from kg.analysis.hypotheses import Analysis, Evidence, places, put, said
from kg.citing import describe_source
from kg.tables import tame
from kg.vocab import compress

_FOLDER = Path(__file__).parent


def page(analysis: Analysis) -> bytes:
    """Return ranking, matrix, every claim with its place, and what the ranking hangs on.

    All text is escaped; what could turn a line around is shown as its code point. The
    policy of the page lets in its own style and nothing else.
    """
    import jinja2
    from markupsafe import Markup

    def breakable(value: object) -> object:
        # A text without a space for thousands of letters takes a browser seconds to wrap,
        # unless it is told where it may.
        if type(value) is not str or not re.search(r"\S{200}", value):
            return value
        parts = [value[at : at + 12] for at in range(0, len(value), 12)]
        return Markup("<wbr>").join(parts)  # it escapes what it joins

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        finalize=breakable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style = (_FOLDER / "matrix.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode("utf-8")).digest()).decode("ascii")
    text = environment.get_template("matrix.html").render(
        **_tamed(_content(analysis)),
        style=Markup(style),  # noqa: S704 - our own file
        style_hash=digest,
    )
    return text.encode("utf-8")


def _content(analysis: Analysis) -> dict[str, Any]:
    matrix, store = analysis.matrix, analysis.store
    about = analysis.store.label(iri) if (iri := _iri(matrix.about)) else ""
    ranking, sensitivity = analysis.ranking(), analysis.sensitivity()
    return {
        "title": matrix.question or (f"Why? {about}" if about else "Competing hypotheses"),
        "about": about,
        "by": ", ".join(filter(None, (matrix.analyst, matrix.date))),
        "hypotheses": [{"id": h.id, "says": h.says, "note": h.note} for h in matrix.hypotheses],
        "scores": [
            {
                "rank": s.rank,
                "tied": s.tied,
                "id": s.hypothesis.id,
                "says": s.hypothesis.says,
                "against": None if s.against is None else number(float(s.against)),
                "marks": [(m, n) for m, n in s.marks.items() if n and m != "empty"],
                "empty": s.marks["empty"],
                "range": f"{number(float(s.least))} to {number(float(s.most))}",
                "forward": analysis.forwarded(s.hypothesis),
            }
            for s in analysis.scores
        ],
        "rows": [_row(analysis, at, row) for at, row in enumerate(matrix.evidence, 1)],
        "changes": [
            {
                "kind": c.kind,
                "what": c.name if c.kind == "evidence" else store.label(_iri(c.name)),
                "ranking": analysis.order(c.after),
            }
            for c in analysis.changes
        ],
        "figures": [
            (k, "not defined" if v is None else str(v)) for k, v in ranking.figures.items()
        ],
        "sensitivity": list(sensitivity.notes),
        "notes": list(ranking.notes),
        "basis": ranking.basis,
        "sources": [describe_source(store, iri) for iri in _documents(analysis)],
    }


def _row(analysis: Analysis, at: int, row: Evidence) -> dict[str, Any]:
    found = analysis.diagnosticity(row)
    return {
        "anchor": f"e{at}",
        "id": row.id,
        "says": analysis.statement(row),
        "soft": "" if analysis.firm(row) else _soft(analysis, row),
        "apart": row.id in analysis.apart,
        "cells": [
            {
                "id": h.id,
                "mark": str(j.mark) if (j := row.marks.get(h.id)) else "",
                "why": j.why if j else "",
                "by": ", ".join(filter(None, (j.by, j.date))) if j else "",
            }
            for h in analysis.matrix.hypotheses
        ],
        "weight": number(float(analysis.weight(row))),
        "diagnosticity": "–" if found is None else str(found),
        "remark": analysis.remark(row),
        "note": row.note,
        "bears": row.bears,
        "claims": [
            {
                "id": compress(claim.iri),
                "says": said(claim),
                "put": put(analysis.store, claim),
                "credibility": claim.credibility or "not graded",
                "places": places(analysis.store, claim),
            }
            for claim in analysis.claims(row)
        ],
        "gone": list(row.gone),
    }


def _soft(analysis: Analysis, row: Evidence) -> str:
    told = (
        f"{firmly(claim)}{', of another’s view' if claim.original_holders else ''}"
        for claim in analysis.claims(row)
    )
    return "; ".join(dict.fromkeys(told))


def _documents(analysis: Analysis) -> list[str]:
    """Return the documents the rows are read from, in the order they first come."""
    passages = analysis.store.passages
    return list(
        dict.fromkeys(
            passages[iri].source
            for row in analysis.matrix.evidence
            for claim in analysis.claims(row)
            for iri in claim.evidence
            if iri in passages
        )
    )


def _iri(curie: str) -> str:
    from kg.vocab import expand

    return expand(curie) or curie


def _tamed(value: Any) -> Any:
    """Return plain values whose texts can move nothing on the page."""
    if isinstance(value, str):
        return tame(value)
    if isinstance(value, dict):
        return {key: _tamed(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_tamed(item) for item in value]
    return value
