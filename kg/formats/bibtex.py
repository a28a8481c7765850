"""BibTeX: the works behind the claims, for LaTeX, JabRef and Zotero.

Accents stay UTF-8. Entry types and fields are those that the standard styles know;
``date``, ``urldate`` and ``langid`` are there for biblatex.
"""

from __future__ import annotations

from collections.abc import Mapping

from kg.formats.bibliography import Name, Work, works
from kg.formats.record import Format, Losses, Outgoing

_TYPES = {"report": "techreport"}
# A brace counts for BibTeX even after a backslash, so a lone one becomes a command.
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{char: "\\" + char for char in "%#&$_"},
}
_ESCAPES = str.maketrans(_SPECIAL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: babel's names of languages (biblatex 3, langid), by ISO 639-1.
_LANGUAGES = {"en": "english", "ru": "russian", "fr": "french", "de": "german", "es": "spanish"}


def write_bibtex(out: Outgoing, losses: Losses) -> Mapping[str, bytes]:
    """Return the works behind the claims as BibTeX entries, by citation key."""
    return {"": "\n".join(map(_entry, works(out, losses))).encode("utf-8")}


def escape(text: str) -> str:
    r"""Return a text that BibTeX and LaTeX take as it reads.

    >>> escape("50% of {A} & B_1")
    '50\\% of \\textbraceleft{}A\\textbraceright{} \\& B\\_1'
    """
    return text.translate(_ESCAPES)


def _entry(work: Work) -> str:
    kind = _TYPES.get(work.kind, "misc")
    authors = " and ".join(map(_name, work.authors))
    fields = {
        "author": authors,
        # Styles sort an entry without author by its key.
        "key": "" if authors else escape(work.publisher or work.title),
        "title": "{" + escape(work.title) + "}",
        "institution" if kind == "techreport" else "howpublished": escape(work.publisher),
        "type": escape(work.kind) if work.kind in ("treaty", "legislation") else "",
        "number": escape(work.number),
        "year": work.issued[:4],
        "month": _month(work.issued),
        "date": work.issued,
        "url": work.url,  # biblatex reads an address as it is; RFC 3986 has no braces
        "urldate": work.accessed,
        "langid": _LANGUAGES.get(work.language.partition("-")[0], ""),
        "note": escape(work.note),
        "keywords": escape(", ".join(work.keywords)),
    }
    lines = "".join(f"  {name} = {_value(name, text)},\n" for name, text in fields.items() if text)
    return f"@{kind}{{{work.key},\n{lines}}}\n"


def _value(name: str, text: str) -> str:
    return text if name == "month" else f"{{{text}}}"


def _month(date: str) -> str:
    return _MONTHS[int(date[5:7]) - 1] if len(date) >= 7 else ""


def _name(name: Name) -> str:
    if not name.family:  # in braces of its own, so that no program splits it
        return "{" + escape(name.whole) + "}"
    given = f", {escape(name.given)}" if name.given else ""
    return "{" + escape(name.family) + "}" + given


FORMAT = Format(
    name="bibtex",
    suffix=".bib",
    media_type="application/x-bibtex",
    description="BibTeX of the sources, treaties and resolutions, for LaTeX, JabRef and Zotero",
    losses="every claim: a bibliography lists what they rest on and speak of",
    projected=False,
    write=write_bibtex,
)
