"""CSL-JSON: the works behind the claims, for Zotero, pandoc and every CSL processor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from kg.formats.bibliography import Name, Work, works
from kg.formats.record import Format, Losses, Outgoing


def write_csl(out: Outgoing, losses: Losses) -> Mapping[str, bytes]:
    """Return the works behind the claims as a CSL-JSON array, by citation key."""
    items = [_item(work) for work in works(out, losses)]
    return {"": (json.dumps(items, ensure_ascii=False, indent=1) + "\n").encode("utf-8")}


def _item(work: Work) -> dict[str, Any]:
    within = "container-title" if work.kind == "webpage" else "publisher"
    item = {
        "id": work.key,
        "citation-key": work.key,
        "type": work.kind,
        "title": work.title,
        "author": [_name(name) for name in work.authors],
        within: work.publisher,
        "issued": _date(work.issued),
        "accessed": _date(work.accessed),
        "URL": work.url,
        "language": work.language,
        "number": work.number,
        "note": work.note,
        "keyword": ", ".join(work.keywords),
    }
    return {field: value for field, value in item.items() if value}


def _name(name: Name) -> dict[str, str]:
    if not name.family:
        return {"literal": name.whole}
    return {"family": name.family, **({"given": name.given} if name.given else {})}


def _date(date: str) -> dict[str, list[list[int]]]:
    return {"date-parts": [[int(part) for part in date.split("-")]]} if date else {}


FORMAT = Format(
    name="csl",
    suffix=".csl.json",
    media_type="application/vnd.citationstyles.csl+json",
    description="CSL-JSON of the sources, treaties and resolutions, for Zotero and pandoc",
    losses="every claim: a bibliography lists what they rest on and speak of",
    projected=False,
    write=write_csl,
)
