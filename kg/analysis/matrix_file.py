"""The file of an analyst's hypothesis matrix: YAML that a person edits and a diff can show.

Written in one order and always alike, so that bringing a file up to date changes only
what is new. What is for reading (``says``, ``put``, ``where``, ``bears``) is written
again each time; what the analyst enters is kept, comments included.

A file may come from a stranger: anchors, tags, deep nesting and size are refused before
anything is built from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kg import files
from kg.analysis.hypotheses import (
    MAX_EVIDENCE,
    MAX_HYPOTHESES,
    REACHES,
    RELEVANCE,
    Evidence,
    Hypothesis,
    Judgement,
    Mark,
    Matrix,
    claims_of,
    places,
    put,
)
from kg.dates import period
from kg.errors import RefusedError, UnreadableError
from kg.store import Store
from kg.tables import tame

if TYPE_CHECKING:
    import yaml

VERSION = "1"
#: Far more than a matrix of the most rows that are allowed.
MAX_BYTES = 4_000_000
_MAX_DEPTH = 8
_MAX_TEXT = 4_000

_HEADER = (
    "# Competing hypotheses: how consistent is each piece of evidence with each hypothesis?",
    "# Work along a row. Put one mark in each cell:",
    "#   CC very consistent, C consistent, N neutral, I inconsistent, II very inconsistent,",
    "#   NA does not apply. An empty cell is not judged, and is never taken for neutral.",
    "# With a reason:  H1: {mark: I, why: the reason, by: who, date: 2024-11-12}",
    "# Yours to enter: question, analyst, date (for cells without their own), note, marks,",
    "#   relevance (high, medium, low), credibility (1 to 6, in place of the claims' grade),",
    "#   weight (0 to 10, in place of credibility times relevance); more hypotheses",
    "#   (id and says); more evidence (claims and marks).",
    "# The claims of a hypothesis put it forward or deny it: they are no evidence for it, and not below.",
    "# Written by the program, changes are not read: says (with a node or claims), put, where, bears.",
)
_TOP = ("ach", "about", "question", "reach", "from", "analyst", "date", "hypotheses", "evidence")
_HYPOTHESIS = ("id", "says", "node", "claims", "gone", "put", "note")
_EVIDENCE = (
    "claims", "gone", "says", "put", "where", "bears",
    "relevance", "credibility", "weight", "note", "marks",
)  # fmt: skip
_CELL = ("mark", "why", "by", "date")
_PLAIN = re.compile(r"[A-Za-z][\w-]*:[\w][\w./-]*|[A-Za-z][A-Za-z-]*|\d+(\.\d+)?")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,11}")
_WEIGHT = re.compile(r"\d{1,2}(\.\d{1,3})?")
#: YAML 1.1 reads these as something else than text.
_NO_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))


# ---------------------------------------------------------------- writing


def write(store: Store, matrix: Matrix, *, old: str = "") -> bytes:
    """Return a matrix as the content of a file; comments of ``old``, its earlier text, are kept."""
    comments = _Comments(old)
    lines = [*_HEADER, *comments.before("top", 0), f"ach: {VERSION}"]
    for key, value in (
        ("about", matrix.about),
        ("question", matrix.question),
        ("reach", matrix.reach),
        ("from", "given" if matrix.given else "motives"),
        ("analyst", matrix.analyst),
        ("date", matrix.date),
    ):
        lines.append(_entry("", key, value))
    lines.append("hypotheses:")
    for at, hypothesis in enumerate(matrix.hypotheses):
        lines += comments.before("hypotheses", at)
        lines += _hypothesis(store, hypothesis)
    lines.append("evidence:")
    for at, row in enumerate(matrix.evidence):
        lines += comments.before("evidence", at)
        lines += _evidence(store, matrix, row)
    lines += comments.before("end", 0)
    return ("\n".join(lines) + "\n").encode("utf-8")


def _hypothesis(store: Store, hypothesis: Hypothesis) -> Iterator[str]:
    yield f"- id: {hypothesis.id}"
    yield _entry("  ", "says", hypothesis.says)
    if hypothesis.node:
        yield _entry("  ", "node", hypothesis.node)
    yield _listed("claims", hypothesis.claims)
    if hypothesis.gone:
        yield _listed("gone", hypothesis.gone)
    found = claims_of(store, hypothesis.claims)
    if found:
        yield _entry("  ", "put", "; ".join(put(store, claim) for claim in found))
    yield _entry("  ", "note", hypothesis.note)


def _evidence(store: Store, matrix: Matrix, row: Evidence) -> Iterator[str]:
    claims = claims_of(store, row.claims)
    yield "- " + _listed("claims", row.claims).lstrip()
    if row.gone:
        yield _listed("gone", row.gone)
    said = " / ".join(dict.fromkeys(claim.statement for claim in claims))
    yield _entry("  ", "says", said or "(no longer in the graph)")
    if claims:
        graded = (
            f"{put(store, c)}, {f'credibility {c.credibility}' if c.credibility else 'not graded'}"
            for c in claims
        )
        yield _entry("  ", "put", "; ".join(dict.fromkeys(graded)))
        where = (place for claim in claims for place in places(store, claim))
        yield _entry("  ", "where", "; ".join(dict.fromkeys(where)))
    if row.bears:
        yield _entry("  ", "bears", row.bears)
    yield _entry("  ", "relevance", row.relevance)
    yield _entry("  ", "credibility", "" if row.credibility is None else str(row.credibility))
    yield _entry("  ", "weight", "" if row.weight is None else _decimal(row.weight))
    yield _entry("  ", "note", row.note)
    yield "  marks:"
    for hypothesis in matrix.hypotheses:
        yield _cell(hypothesis.id, row.marks.get(hypothesis.id))


def _cell(name: str, judgement: Judgement | None) -> str:
    if judgement is None:
        return f"    {name}:"
    more = [
        f"{key}: {_scalar(value)}"
        for key in _CELL[1:]
        if (value := getattr(judgement, key))
    ]  # fmt: skip
    if not more:
        return f"    {name}: {judgement.mark}"
    return f"    {name}: {{{', '.join([f'mark: {judgement.mark}', *more])}}}"


def _decimal(value: Fraction) -> str:
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def _entry(indent: str, key: str, value: str) -> str:
    return f"{indent}{key}: {_scalar(value)}" if value else f"{indent}{key}:"


def _listed(key: str, values: tuple[str, ...]) -> str:
    return f"  {key}: [{', '.join(map(_scalar, values))}]"


def _scalar(text: str) -> str:
    """Return a text as YAML: bare where nobody can misread it, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.lower() not in _NO_TEXT:
        return text
    return '"' + "".join(map(_char, text)) + '"'


def _char(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    if char.isprintable():
        return char
    if char == "\n":
        return "\\n"
    return f"\\u{ord(char):04X}" if ord(char) < 0x10000 else f"\\U{ord(char):08X}"


class _Comments:
    """The analyst's own comments in a file, by the entry each stands before or in."""

    def __init__(self, text: str) -> None:
        self.found: dict[tuple[str, int], list[str]] = {}
        if not text:
            return
        import yaml

        tokens = list(yaml.scan(text, Loader=yaml.SafeLoader))
        # A number sign inside a text is no comment.
        texts = [
            (t.start_mark.index, t.end_mark.index)
            for t in tokens
            if isinstance(t, yaml.ScalarToken)
        ]
        contents = sorted(
            {
                line
                for t in tokens
                if t.end_mark.index > t.start_mark.index
                for line in (t.start_mark.line, t.end_mark.line)
            }
        )
        entries = _entries(text)
        at, scalar = 0, 0
        for number, line in enumerate(text.split("\n")):
            start = at
            at += len(line) + 1
            place = line.find("#")
            while place >= 0:
                while scalar < len(texts) and texts[scalar][1] <= start + place:
                    scalar += 1
                inside = scalar < len(texts) and texts[scalar][0] <= start + place
                before = line[place - 1] if place else " "
                if not inside and before.isspace():
                    break
                place = line.find("#", place + 1)
            if place < 0 or line in _HEADER:
                continue
            own = not line[:place].strip()
            self._keep(entries, contents, number, line[place:].rstrip(), own=own)

    def _keep(
        self,
        entries: list[tuple[int, tuple[str, int]]],
        contents: list[int],
        line: int,
        comment: str,
        *,
        own: bool,
    ) -> None:
        # One alone on its line stands before what comes next, any other belongs where it is.
        key = ("top", 0)
        at = line
        if own:
            at = next((n for n in contents if n > line), -1)
        if at < 0:
            key = ("end", 0)
        for start, entry in entries:
            if at >= 0 and start <= at:
                key = entry
        self.found.setdefault(key, []).append(tame(comment))

    def before(self, part: str, at: int) -> list[str]:
        """Return the comments to write before an entry."""
        return self.found.get((part, at), [])


def _entries(text: str) -> list[tuple[int, tuple[str, int]]]:
    """Return the line each hypothesis and each row begins on."""
    found = []
    for key, value in _compose(text, None).value:
        if key.value in ("hypotheses", "evidence") and isinstance(value.value, list):
            for at, item in enumerate(value.value):
                found.append((item.start_mark.line, (key.value, at)))
    return sorted(found)


# ---------------------------------------------------------------- reading


def read(path: Path) -> tuple[Matrix, str]:
    """Return the matrix in a file, and the file's text.

    Claims and nodes are not looked up: that takes a graph (``Analysis``). Raises
    MissingError, UnreadableError for what is no YAML of ours, and RefusedError, with the
    line, for what a matrix cannot hold.
    """
    content = files.read_bytes(path)
    if len(content) > MAX_BYTES:
        raise RefusedError(
            f"{len(content) / 1e6:.1f} MB is more than the {MAX_BYTES / 1e6:.0f} MB of a matrix",
            path=path,
            hint="is it the file you meant?",
        )
    text = content.decode("utf-8")
    return _Reader(path).matrix(_compose(text, path)), text


def _compose(text: str, path: Path | None) -> yaml.MappingNode:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    try:
        # First as events, one by one: nothing is built, so nothing can blow up.
        for event in yaml.parse(text, Loader=loader):
            mark = event.start_mark
            line = mark.line + 1 if mark else None
            if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                raise RefusedError(
                    "anchors and aliases are not read", path=path, line=line, hint="write it out"
                )
            if tag := getattr(event, "tag", None):
                raise RefusedError(
                    f"a tag is not read: {tame(str(tag))[:60]}",
                    path=path,
                    line=line,
                    hint="write plain text",
                )
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
                if depth > _MAX_DEPTH:
                    raise RefusedError("nested too deeply", path=path, line=line, hint=_HINT)
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
        node = yaml.compose(text, Loader=loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableError(
            f"is not YAML: {tame(error.problem or error.context or 'unreadable')[:120]}",
            path=path,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="quote texts that hold a colon or begin with a sign",
        ) from None
    except yaml.YAMLError as error:
        told = tame(str(error)).splitlines()[0][:120]
        raise UnreadableError(f"is not YAML: {told}", path=path, hint=_HINT) from None
    if not isinstance(node, yaml.MappingNode):
        raise UnreadableError("is no matrix of hypotheses", path=path, line=1, hint=_HINT)
    return node


_HINT = "kg analyze ach --for ACT --init FILE writes one"


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: dict[str, int] = {}

    def refused(self, node: Any, message: str, hint: str | None = None) -> RefusedError:
        line = node.start_mark.line + 1 if node is not None else None
        return RefusedError(tame(message), path=self.path, line=line, hint=hint)

    def matrix(self, root: yaml.MappingNode) -> Matrix:
        top = self.mapping(root, _TOP)
        if "ach" not in top:
            raise UnreadableError("is no matrix of hypotheses", path=self.path, line=1, hint=_HINT)
        if self.text(top["ach"]) != VERSION:
            raise self.refused(
                top["ach"],
                f"version {self.text(top['ach'])} is not known",
                f"this program reads {VERSION}",
            )
        hypotheses = tuple(map(self.hypothesis, self.items(top.get("hypotheses"), MAX_HYPOTHESES)))
        self.distinct(top.get("hypotheses"), hypotheses)
        ids = tuple(h.id for h in hypotheses)
        rows: list[Evidence] = []
        taken: set[str] = set()
        for node in self.items(top.get("evidence"), MAX_EVIDENCE):
            row = self.evidence(node, ids)
            for claim in (*row.claims, *row.gone):
                if claim in taken:
                    raise self.refused(
                        node, f"{claim} is in two rows", "evidence counts once: keep one of them"
                    )
                taken.add(claim)
            rows.append(row)
        return Matrix(
            hypotheses,
            tuple(rows),
            self.known(top.get("about")),
            self.text(top.get("question")),
            self.choice(top.get("reach"), REACHES, "reach") or "near",
            self.choice(top.get("from"), ("motives", "given"), "from") == "given",
            self.text(top.get("analyst")),
            self.date(top.get("date")),
            self.path,
            self.lines,
        )

    def mapping(self, node: Any, known: tuple[str, ...]) -> dict[str, Any]:
        import yaml

        if not isinstance(node, yaml.MappingNode):
            raise self.refused(
                node, "is no list of names and values", f"it may hold {', '.join(known)}"
            )
        found: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else "?"
            if name not in known:
                raise self.refused(
                    key, f"{name[:60]!r} means nothing here", f"one of {', '.join(known)}"
                )
            if name in found:
                raise self.refused(key, f"{name} is given twice", "keep one of them")
            found[name] = value
        return found

    def items(self, node: Any, most: int) -> list[Any]:
        import yaml

        if node is None or (isinstance(node, yaml.ScalarNode) and not self.text(node)):
            return []
        if not isinstance(node, yaml.SequenceNode):
            raise self.refused(node, "is no list", "each entry begins with a dash")
        if len(node.value) > most:
            raise self.refused(node, f"{len(node.value)} entries are more than {most}")
        return list(node.value)

    def text(self, node: Any) -> str:
        import yaml

        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self.refused(node, "is no text", "put it in quotes")
        if node.style is None and node.value in ("~", "null"):
            return ""
        if len(node.value) > _MAX_TEXT:
            raise self.refused(
                node, f"a text of {len(node.value)} characters", f"{_MAX_TEXT} at most"
            )
        if any("\ud800" <= char <= "\udfff" for char in node.value):
            raise self.refused(node, "half a character", "write the character itself")
        return str(node.value).strip()

    def choice(self, node: Any, allowed: tuple[str, ...], what: str) -> str:
        text = self.text(node).lower()
        if text and text not in allowed:
            raise self.refused(
                node, f"{what} {text[:60]!r} is not known", f"one of {', '.join(allowed)}"
            )
        return text

    def date(self, node: Any) -> str:
        text = self.text(node)
        if text and period(text) is None:
            raise self.refused(
                node, f"{text[:60]!r} is no date", "write YYYY, YYYY-MM or YYYY-MM-DD"
            )
        return text

    def known(self, node: Any) -> str:
        """Return a CURIE, its line remembered for whoever looks it up."""
        text = self.text(node)
        if text:
            self.lines.setdefault(text, node.start_mark.line + 1)
        return text

    def claims(self, node: Any) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filter(None, map(self.known, self.items(node, 500)))))

    def hypothesis(self, node: Any) -> Hypothesis:
        found = self.mapping(node, _HYPOTHESIS)
        name = self.text(found.get("id"))
        if not _ID.fullmatch(name) or name.lower() in _NO_TEXT or name.lower() in _RESERVED:
            raise self.refused(
                found.get("id", node), f"{name[:60]!r} is no id for a hypothesis", "such as H1"
            )
        says = self.text(found.get("says"))
        kept = Hypothesis(
            name,
            says,
            self.known(found.get("node")),
            self.claims(found.get("claims")),
            self.claims(found.get("gone")),
            self.text(found.get("note")),
        )
        if not (says or kept.node or kept.claims):
            raise self.refused(node, f"{name} says nothing", "give it says, a node or claims")
        return kept

    def distinct(self, node: Any, hypotheses: tuple[Hypothesis, ...]) -> None:
        seen: dict[tuple[str, object], str] = {}
        for at, h in enumerate(hypotheses):
            same: list[tuple[str, object]] = [("id", h.id.lower())]
            if h.says and not (h.node or h.claims or h.gone):
                same.append(("text", " ".join(h.says.casefold().split())))
            if h.node:
                same.append(("node", h.node))
            elif h.claims:
                same.append(("claims", h.claims))
            for key in same:
                if key in seen:
                    raise self.refused(
                        node.value[at],
                        f"{h.id} has the same {key[0]} as {seen[key]}",
                        "a hypothesis stands once",
                    )
                seen[key] = h.id

    def evidence(self, node: Any, ids: tuple[str, ...]) -> Evidence:
        found = self.mapping(node, _EVIDENCE)
        claims, gone = self.claims(found.get("claims")), self.claims(found.get("gone"))
        if not claims and not gone:
            raise self.refused(node, "evidence without a claim", "name its claims: [claim:...]")
        credibility = self.text(found.get("credibility"))
        if credibility and credibility not in "123456":
            raise self.refused(
                found["credibility"],
                f"credibility {credibility[:60]!r} is not on the scale",
                "1 (confirmed) to 6 (cannot be judged)",
            )
        weight = self.text(found.get("weight"))
        if weight and not (_WEIGHT.fullmatch(weight) and Fraction(weight) <= 10):
            raise self.refused(
                found["weight"],
                f"weight {weight[:60]!r} is not on the scale",
                "0 to 10, such as 0.5",
            )
        cells = self.text(found.get("marks")) if _is_empty(found.get("marks")) else None
        marks = {} if cells is not None else self.mapping(found["marks"], ids)
        return Evidence(
            claims,
            self.text(found.get("bears")),
            gone,
            self.choice(found.get("relevance"), RELEVANCE, "relevance"),
            int(credibility) if credibility else None,
            Fraction(weight) if weight else None,
            self.text(found.get("note")),
            {name: j for name, cell in marks.items() if (j := self.cell(cell)) is not None},
        )

    def cell(self, node: Any) -> Judgement | None:
        import yaml

        if isinstance(node, yaml.MappingNode):
            found = self.mapping(node, _CELL)
            mark = self.mark(found.get("mark"))
            why, by = self.text(found.get("why")), self.text(found.get("by"))
            date = self.date(found.get("date"))
            if mark is None:
                if why or by or date:
                    raise self.refused(node, "a reason without a mark", f"mark: one of {_MARKS}")
                return None
            return Judgement(mark, why, by, date)
        mark = self.mark(node)
        return None if mark is None else Judgement(mark)

    def mark(self, node: Any) -> Mark | None:
        text = self.text(node)
        if not text:
            return None
        try:
            return Mark(text.upper())
        except ValueError:
            raise self.refused(node, f"unknown mark {text[:60]!r}", f"one of {_MARKS}") from None


def _is_empty(node: Any) -> bool:
    import yaml

    return node is None or (isinstance(node, yaml.ScalarNode) and node.value in ("", "~", "null"))


_MARKS = ", ".join(Mark)
#: Columns of the matrix that are no hypotheses.
_RESERVED = frozenset(("says", "put", "credibility", "weight", "diagnosticity", "remark", "claims"))
