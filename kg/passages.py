"""Passages: find the sentence a claim was read from, without keeping a copy of it.

A passage is stored as a *fingerprint*: the SHA-256 of the sentence reduced to
its letters and digits, and how many there are. Whoever holds a copy of the
source can find the sentence again; whoever does not cannot read it.

Words are joined without a separator. Line breaks, hyphens at a line's end,
spaces lost by a PDF extractor and typographic punctuation then make no
difference (docs/decisions/0002-fingerprints.md).
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg.errors import MissingError, UnreadableError

# A reference mark is not a word of the sentence. It comes as markup, as a
# superscript character, in brackets, or (PDF text) glued to a full stop.
_MARKS = re.compile(
    r"<sup\b[^>]*>.*?</sup>"
    r"|[⁰¹²³⁴-⁹]+"
    r"|\[\d{1,3}\]"
    r"|(?<=[^\W\d_][.,;:!?\"”’)])\d{1,4}(?=[\s\"”’)]|$)"
    r"|(?<=[^\W\d_][.!?][\"”’)])\d{1,4}(?=\s|$)",
    re.DOTALL | re.IGNORECASE,
)
# Extractors that lose the superscript of "Source: BBC4" leave a digit at a word's end.
_GLUED = re.compile(r"(?<=[^\W\d_]{3})\d{1,3}\b")
_TERMINAL = re.compile(r"[.!?>”\"]\s+")
_BLOCKS = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "dd",
    "div",
    "dl",
    "dt",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
]

#: An interruption (a page's footnotes, a caption) longer than this is not bridged.
MAX_INTERRUPTION = 3000
#: Larger files are not taken for copies of a source.
MAX_COPY_BYTES = 20_000_000
#: Bridging is quadratic in the number of lines; above this many it is not tried.
MAX_BRIDGED_LINES = 5000


def normalise(text: str) -> str:
    """Return the letters and digits of a text, case-folded, in one run.

    >>> normalise("Co-operation “deepens”.<sup>7</sup>")
    'cooperationdeepens'
    >>> normalise("in the event of aggression.23 ")
    'intheeventofaggression'
    """
    return "".join(normalise_words(text))


def normalise_words(text: str) -> list[str]:
    """Return the normalised words of a text: NFKC, case-folded, marks and punctuation dropped."""
    plain = unicodedata.normalize("NFKC", _MARKS.sub(" ", text)).casefold()
    plain = unicodedata.normalize("NFKC", plain)  # folding can undo it: U+1E9B, U+0345
    kept = (
        char if char.isalnum() or unicodedata.category(char)[0] == "M" else " " for char in plain
    )
    return "".join(kept).split()


def fingerprint(text: str) -> tuple[str, int]:
    r"""Return the SHA-256 (hex) of a passage's normalised text and that text's length.

    >>> fingerprint("Troops were sent.") == fingerprint("troops\nwere sent")
    True
    """
    run = normalise(text)
    return _digest(run), len(run)


def _digest(run: str) -> str:
    return hashlib.sha256(run.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A passage to look for: its name, SHA-256 and number of letters and digits."""

    key: str
    digest: str
    length: int


@dataclass(frozen=True, slots=True)
class Found:
    """Where a passage stands: the copy, and the words as they read there.

    ``interrupted`` tells that something else (a page's footnotes, a caption)
    stands in the middle of it.
    """

    path: Path
    text: str
    interrupted: bool


@dataclass(frozen=True, slots=True)
class Report:
    """The result of ``search``: passages by key, and what no passage covers.

    ``uncovered`` has, for each copy in which anything was found, the stretches of
    text that belong to no passage; ``skipped`` says why a file was not read.
    """

    found: Mapping[str, Found]
    missing: tuple[str, ...]
    uncovered: Mapping[Path, tuple[str, ...]]
    skipped: Mapping[Path, str]


@dataclass(frozen=True, slots=True)
class _Copy:
    """A copy prepared for search: ``run`` is its normalised text, words by offset in it."""

    path: Path
    text: str
    run: str
    starts: tuple[int, ...]
    ends: Mapping[int, int]  # offset at which a word ends -> index of that word
    places: tuple[tuple[int, int], ...]  # a word's place in ``text``
    breaks: tuple[int, ...]  # words before which a passage may be interrupted
    resumes: tuple[int, ...]  # words at which it may go on


_Spans = tuple[tuple[int, int], ...]  # half-open ranges of word indexes


def search(folder: Path, wanted: Sequence[Fingerprint]) -> Report:
    """Find passages in the copies of sources that a folder (or one file) holds.

    Plain text, Markdown, HTML and PDF are read. Line breaks, hyphenation and
    footnote marks make no difference, and a passage may be interrupted once.

    Raises MissingError when there is no such folder or nothing readable in it.
    """
    if not folder.exists():
        raise MissingError("no such folder", path=folder, hint="name the folder of your copies")
    paths = sorted(p for p in folder.rglob("*") if p.is_file()) if folder.is_dir() else [folder]
    copies: list[_Copy] = []
    skipped: dict[Path, str] = {}
    for path in paths:
        try:
            text = read_text(path)
        except (UnreadableError, MissingError) as error:
            skipped[path] = error.message
            continue
        copies.append(_prepare(path, text))
        if (unglued := _GLUED.sub(lambda m: " " * len(m[0]), text)) != text:
            copies.append(_prepare(path, unglued))
    if not copies:
        raise MissingError(
            "nothing readable in it",
            path=folder,
            hint="copies may be .txt, .md, .html or .pdf",
        )
    found: dict[str, Found] = {}
    covered: dict[Path, set[int]] = {}
    pending = list(wanted)
    for find in (_find_whole, _find_interrupted):
        for copy in copies:
            hits = find(copy, pending)
            for key, occurrences in hits.items():
                for spans in occurrences:
                    # Words are counted by their place in the text, which both
                    # readings of one file share.
                    covered.setdefault(copy.path, set()).update(
                        place for a, b in spans for place, _ in copy.places[a:b]
                    )
                if key not in found:
                    text = " ".join(_text(copy, a, b) for a, b in occurrences[0])
                    found[key] = Found(copy.path, text, len(occurrences[0]) > 1)
        pending = [print_ for print_ in pending if print_.key not in found]
    uncovered = {
        copy.path: _uncovered(copy, covered[copy.path])
        for copy in reversed(copies)
        if copy.path in covered
    }
    return Report(found, tuple(print_.key for print_ in pending), uncovered, skipped)


def read_text(path: Path) -> str:
    """Return the text of a local copy: .txt and .md as they are, others extracted.

    Of .json it is the texts in it, each a paragraph; .html and .pdf are read as such.

    Raises UnreadableError for other kinds, for files over 20 MB and for broken
    ones, MissingError when reading PDF needs a library that is absent.
    """
    suffix = path.suffix.lower()
    if suffix not in (".txt", ".md", ".html", ".htm", ".xhtml", ".pdf", ".json"):
        raise UnreadableError("not a kind of file this reads", path=path)
    try:
        if path.stat().st_size > MAX_COPY_BYTES:
            raise UnreadableError("larger than 20 MB", path=path)
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"cannot be read: {error.strerror}", path=path) from error
    if suffix == ".pdf":
        return _pdf_text(path)
    if suffix == ".json":
        return _json_text(path, content)
    if suffix in (".txt", ".md"):
        # Copies come from everywhere; a wrong guess only means "not found".
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError:
            return content.decode("cp1252", "replace")
    return _html_text(content)


def _json_text(path: Path, content: bytes) -> str:
    try:
        waiting = [json.loads(content.removeprefix(b"\xef\xbb\xbf"))]
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"broken JSON: {error}", path=path) from error
    texts = []
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            texts.append(value)
        elif isinstance(value, dict):
            waiting += reversed(value.values())
        elif isinstance(value, list):
            waiting += reversed(value)
    return "\n\n".join(texts)


def _html_text(content: bytes) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(content, "html.parser")
    for tag in soup(["script", "style", "sup", "noscript", "template"]):
        tag.replace_with(" ")
    for tag in soup(_BLOCKS):
        tag.insert_before("\n")
        tag.insert_after("\n")
    lines = (" ".join(line.split()) for line in soup.get_text().splitlines())
    return "\n".join(line for line in lines if line)


def _pdf_text(path: Path) -> str:
    try:
        from pypdf import PdfReader
        from pypdf.errors import PyPdfError
    except ImportError:
        raise MissingError(
            "reading PDF needs pypdf", path=path, hint="pip install 'gambit-kg[pdf]'"
        ) from None
    try:
        return "\n".join(page.extract_text() for page in PdfReader(path).pages)
    except (PyPdfError, ValueError, KeyError, RecursionError) as error:
        raise UnreadableError(f"broken PDF: {error}", path=path) from error


def _prepare(path: Path, text: str) -> _Copy:
    marks = [match.start() for match in _MARKS.finditer(text)]
    plain = _MARKS.sub(lambda match: " " * len(match[0]), text)
    run: list[str] = []
    starts: list[int] = []
    ends: dict[int, int] = {}
    places: list[tuple[int, int]] = []
    breaks: list[int] = []
    resumes: list[int] = []
    offset, last = 0, 0
    for chunk in re.finditer(r"\S+", plain):
        words = normalise_words(chunk[0])
        for word in words:
            between = plain[last : chunk.start()]
            index = len(starts)
            if "\n" in between or "\f" in between:
                breaks.append(index)
                resumes.append(index)
            elif _TERMINAL.search(plain[max(0, last - 1) : chunk.start()]):
                resumes.append(index)
            if marks and last <= marks[0] < chunk.start():
                breaks.append(index)
            while marks and marks[0] < chunk.start():
                marks.pop(0)
            starts.append(offset)
            offset += len(word)
            ends[offset] = index
            places.append((chunk.start(), chunk.end()))
            run.append(word)
            last = chunk.end()
    return _Copy(
        path,
        text,
        "".join(run),
        tuple(starts),
        ends,
        tuple(places),
        tuple(dict.fromkeys(breaks)),
        tuple(resumes),
    )


def _find_whole(copy: _Copy, wanted: Iterable[Fingerprint]) -> dict[str, list[_Spans]]:
    by_digest: dict[tuple[int, str], list[str]] = {}
    for print_ in wanted:
        by_digest.setdefault((print_.length, print_.digest), []).append(print_.key)
    lengths = sorted({length for length, _ in by_digest if length > 0})
    hits: dict[str, list[_Spans]] = {}
    for first, start in enumerate(copy.starts):
        for length in lengths:
            last = copy.ends.get(start + length)
            if last is not None:
                digest = _digest(copy.run[start : start + length])
                for key in by_digest.get((length, digest), ()):
                    hits.setdefault(key, []).append(((first, last + 1),))
    return hits


def _find_interrupted(copy: _Copy, wanted: Iterable[Fingerprint]) -> dict[str, list[_Spans]]:
    hits: dict[str, list[_Spans]] = {}
    if len(copy.breaks) > MAX_BRIDGED_LINES:
        return hits
    for print_ in wanted:
        for pause in copy.breaks:
            stop = copy.starts[pause]
            earliest = bisect_right(copy.starts, stop - print_.length)
            low = bisect_right(copy.resumes, pause)
            high = bisect_right(
                copy.resumes,
                bisect_left(copy.starts, stop + MAX_INTERRUPTION),
            )
            for first in range(earliest, pause):
                head = copy.run[copy.starts[first] : stop]
                rest = print_.length - len(head)
                for again in copy.resumes[low:high]:
                    begin = copy.starts[again]
                    last = copy.ends.get(begin + rest)
                    if last is not None and (
                        _digest(head + copy.run[begin : begin + rest]) == print_.digest
                    ):
                        spans = ((first, pause), (again, last + 1))
                        hits.setdefault(print_.key, []).append(spans)
    return hits


def _text(copy: _Copy, first: int, stop: int) -> str:
    words = copy.text[copy.places[first][0] : copy.places[stop - 1][1]]
    return " ".join(words.split())


def _uncovered(copy: _Copy, covered: set[int]) -> tuple[str, ...]:
    stretches: list[str] = []
    begin: int | None = None
    for index in range(len(copy.places) + 1):
        free = index < len(copy.places) and copy.places[index][0] not in covered
        if free and begin is None:
            begin = index
        elif not free and begin is not None:
            stretch = _text(copy, begin, index)
            # A list item's numeral or a footnote's number is nobody's sentence.
            if any(char.isalpha() for char in stretch):
                stretches.append(stretch)
            begin = None
    return tuple(stretches)
