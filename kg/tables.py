"""Answers for people: a table for the terminal, Markdown and HTML.

Rows are cells of SPARQL's TSV (``kg.cells``). Every text comes from strangers: it is
shown as text, and control characters and direction overrides as their code point.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

from kg import cells
from kg.vocab import PREFIXES, compress

#: What a node is called, by IRI.
Label = Callable[[str], str]
Rows = Sequence[Sequence[str]]

# What is known by its id and not by a name.
_SHORT_IDS = tuple(PREFIXES[kind] for kind in ("claim", "passage", "citation"))
# A long text takes so many lines of the terminal, and ends in an ellipsis.
_LINES = 6
# No column of a table is narrower; where that is not possible, each row is a list.
_NARROWEST = 8
# A column is as wide as its longest word, as far as that is no more than this.
_WORD = 16


def named(iri: str, label: Label) -> str:
    """Return what an IRI is shown as: a label, for claims and the like a short id."""
    if iri.startswith(_SHORT_IDS):
        return compress(iri).removeprefix("claim:")
    return label(iri)


def shown(cell: str, label: Label) -> str:
    """Return what a person reads in a cell."""
    if cell.startswith("<") and (iri := cells.iri(cell)) is not None:
        return named(iri, label)
    return cells.text(cell)


def tame(text: str, *, breaks: bool = False) -> str:
    """Return text that can move no cursor; line breaks stay when asked for, else are spaces."""
    if text.isprintable():
        return text
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c if c.isprintable() or (breaks and c == "\n") else _named(c) for c in text)


def _named(char: str) -> str:
    if char in "\n\t" or unicodedata.category(char) in ("Zs", "Zl", "Zp"):
        return " "
    return f"⟨U+{ord(char):04X}⟩"


def numeric(column: Iterable[str]) -> bool:
    """Return whether a column has numbers and nothing else."""
    bound = False
    for cell in filter(None, column):
        if cell[0] in "<_":
            return False
        parts = cells.literal(cell)
        if parts is None or parts.datatype not in cells.NUMBERS:
            return False
        bound = True
    return bound


# ---------------------------------------------------------------- how wide it looks


class _CharWidths(dict[str, int]):
    def __missing__(self, char: str) -> int:
        # Combining marks sit on the letter before; so do the later parts of a
        # Korean syllable that is written in parts.
        if unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
            width = 0
        else:
            width = 2 if unicodedata.east_asian_width(char) in "WF" else 1
        self[char] = width
        return width


_CHAR_WIDTHS = _CharWidths()


def display_width(text: str) -> int:
    """Return how many columns of a terminal a text takes.

    >>> display_width("북한 DPRK")
    9
    """
    if text.isascii():
        return len(text)
    return sum(map(_CHAR_WIDTHS.__getitem__, text))


def _head(text: str, width: int) -> str:
    """Return as much of a text as fits, at least one character."""
    taken = 0
    for index, char in enumerate(text):
        taken += _CHAR_WIDTHS[char]
        if taken > width:
            return text[: max(index, 1)]
    return text


def _wrap(text: str, width: int, lines: int) -> list[str]:
    """Return a text in lines of a width, broken between words where possible."""
    if len(text) <= width and display_width(text) <= width:
        return [text]
    seen = text[: (width + 1) * lines + 1]  # no more of it can be shown
    broken: list[str] = []
    for word in seen.split():
        while display_width(word) > width:
            part = _head(word, width)
            broken.append(part)
            word = word[len(part) :]
        if broken and display_width(broken[-1]) + 1 + display_width(word) <= width:
            broken[-1] += " " + word
        elif word:
            broken.append(word)
    if len(broken) > lines or len(seen) < len(text):
        del broken[lines:]
        last = broken[-1]
        broken[-1] = (last if display_width(last) < width else _head(last, width - 1)) + "…"
    return broken


def _share(wants: list[int], floors: list[int], free: int) -> list[int]:
    """Return the widths of columns: each its floor, the rest shared out evenly.

    What a narrow column does not want goes to the wide ones.
    """

    def at(level: int) -> list[int]:
        return [min(want, max(floor, level)) for want, floor in zip(wants, floors, strict=True)]

    # Where not every word fits whole, the longest are broken first: a date stays a date.
    cap = max(floors, default=0)
    while cap and sum(min(floor, cap) for floor in floors) > free:
        cap -= 1
    floors = [min(floor, cap) for floor in floors]
    low, high = 0, max(wants, default=0)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if sum(at(middle)) <= free else (low, middle - 1)
    widths = at(low)
    for index, want in enumerate(wants):  # what the division left over
        if widths[index] < want and sum(widths) < free:
            widths[index] += 1
    return widths


# ---------------------------------------------------------------- the terminal


def table(heads: Sequence[str], rows: Rows, label: Label, width: int) -> str:
    """Return rows as aligned text no wider than ``width``, or as lists where they do not fit."""
    if not heads:
        return f"{len(rows)} rows without columns\n" if rows else ""
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    # Everything is done once for each different cell of a column.
    texts = [{cell: tame(shown(cell, label)) for cell in set(column)} for column in columns]
    wants = [
        max(display_width(head), _widest(found.values()))
        for head, found in zip(heads, texts, strict=True)
    ]
    free = width - 2 * (len(heads) - 1)
    widths = wants if sum(wants) <= free else _share(wants, _floors(heads, texts, wants), free)
    if any(got < min(want, _NARROWEST) for got, want in zip(widths, wants, strict=True)):
        return _records(heads, rows, texts, width)
    right = [numeric(found) for found in texts]
    head = [_block(h, w, r, 1)[0] for h, w, r in zip(heads, widths, right, strict=True)]
    lines = ["  ".join(head), "  ".join("─" * w for w in widths)]
    if widths == wants:
        looks = [
            {cell: _padded(text, w, r) for cell, text in found.items()}
            for found, w, r in zip(texts, widths, right, strict=True)
        ]
        filled = [map(look.__getitem__, col) for look, col in zip(looks, columns, strict=True)]
        lines += map("  ".join, zip(*filled, strict=True))
    else:
        lines += _wrapped(columns, texts, widths, right)
    return "".join([line.rstrip() + "\n" for line in lines])


def _wrapped(
    columns: Sequence[Sequence[str]],
    texts: Sequence[dict[str, str]],
    widths: Sequence[int],
    right: Sequence[bool],
) -> Iterator[str]:
    looks = [
        {cell: _block(text, w, r) for cell, text in found.items()}
        for found, w, r in zip(texts, widths, right, strict=True)
    ]
    filled = [map(look.__getitem__, col) for look, col in zip(looks, columns, strict=True)]
    spaces = [" " * w for w in widths]
    for blocks in zip(*filled, strict=True):
        for i in range(max(map(len, blocks))):
            pairs = zip(blocks, spaces, strict=True)
            yield "  ".join([b[i] if i < len(b) else space for b, space in pairs])


def _widest(texts: Iterable[str]) -> int:
    found = list(texts)
    plain = all(map(str.isascii, found))
    return max(map(len if plain else display_width, found), default=0)


def _floors(heads: Sequence[str], texts: Sequence[dict[str, str]], wants: list[int]) -> list[int]:
    """Return how narrow columns may become before a word of theirs is broken."""
    floors = []
    for head, found, want in zip(heads, texts, wants, strict=True):
        floor = display_width(head)
        for text in found.values():
            if floor >= min(want, _WORD):
                break
            floor = max([floor, *map(display_width, text.split())])
        floors.append(min(floor, want, _WORD))
    return floors


def _block(text: str, width: int, right: bool, lines: int = _LINES) -> list[str]:
    return [_padded(line, width, right) for line in _wrap(text, width, lines)]


def _padded(text: str, width: int, right: bool) -> str:
    if not text.isascii():
        width -= display_width(text) - len(text)
    return text.rjust(width) if right else text.ljust(width)


def _records(heads: Sequence[str], rows: Rows, texts: Sequence[dict[str, str]], width: int) -> str:
    """Return each row as a list of names and values: what narrow terminals have room for."""
    names = max(map(display_width, heads))
    names = min(names, max(width // 3, 4))
    room = max(width - names - 2, _NARROWEST)
    out = []
    for row in rows:
        for head, cell, found in zip(heads, row, texts, strict=True):
            first, *more = _wrap(found[cell], room, _LINES)
            out.append(f"{_block(head, names, False, 1)[0]}  {first}".rstrip() + "\n")
            out += [" " * (names + 2) + line + "\n" for line in more]
        out.append("\n")
    return "".join(out[:-1])


# ---------------------------------------------------------------- Markdown

_MARKDOWN = re.compile(r"[\\`*_\[\]<>&|~$#]")


def markdown(heads: Sequence[str], rows: Rows, label: Label, notes: Sequence[str] = ()) -> str:
    """Return rows as a table of GitHub's Markdown, then a list of notes; web IRIs are links."""
    if not heads:
        return f"{len(rows)} rows without columns\n" if rows else ""
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    looks = [{cell: _markdown_cell(cell, label) for cell in set(column)} for column in columns]
    rules = ["---:" if numeric(list(look)) else "---" for look in looks]
    lines = [[_escaped(head) for head in heads], rules]
    lines += [[look[cell] for look, cell in zip(looks, row, strict=True)] for row in rows]
    below = "".join(f"- {_escaped(note)}\n" for note in notes)
    table = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return f"{table}\n{below}" if below else table


def _escaped(text: str) -> str:
    safe = _MARKDOWN.sub(lambda m: "\\" + m[0], tame(text, breaks=True).strip())
    return re.sub(r"\s*\n", "<br>", safe)


def _markdown_cell(cell: str, label: Label) -> str:
    text = _escaped(shown(cell, label))
    link = _link(cell)
    return f"[{text}](<{link}>)" if link else text


def _link(cell: str) -> str | None:
    """Return the address a cell may be linked to: the web, and nothing a browser would run."""
    iri = cells.iri(cell)
    if iri is None or not iri.startswith(("http://", "https://")):
        return None
    # An IRI holds no brackets, quotes or spaces; whoever wrote this one may not know.
    return None if re.search(r"[\s<>\"|\\]", iri) or not iri.isprintable() else iri


# ---------------------------------------------------------------- HTML

_STYLE = """
:root{color-scheme:light dark}
body{font:16px/1.45 system-ui,sans-serif;margin:1rem}
.kg{border-collapse:collapse}
.kg caption{text-align:left;padding:.3rem .6rem;opacity:.8}
.kg th,.kg td{text-align:left;vertical-align:top;padding:.3rem .6rem;border-bottom:1px solid #8886}
.kg td{white-space:pre-line;overflow-wrap:break-word;max-width:40rem}
.kg thead th{position:sticky;top:0;background:Canvas}
.kg a{text-underline-offset:.2em;text-decoration-color:#8888}
.kg td.n,.kg th.n{text-align:right;font-variant-numeric:tabular-nums}
@media(max-width:40rem){
.kg thead{display:block;position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.kg,.kg caption,.kg tbody,.kg tr,.kg td{display:block}
.kg tr{border:1px solid #8886;border-radius:.4rem;margin:.6rem 0}
.kg td,.kg td.n{text-align:left;border:0;overflow-wrap:anywhere}
.kg td:empty{display:none}
.kg td::before{display:block;font-size:.8rem;opacity:.75}
"""


def html_page(
    heads: Sequence[str],
    rows: Rows,
    label: Label,
    *,
    title: str,
    remark: str,
    notes: Sequence[str] = (),
) -> str:
    """Return rows as one HTML document without scripts that asks the network for nothing.

    On a narrow screen each row is a card, each value under the name of its column.
    """
    # The name of a column is a variable's, and only letters get into the style.
    names = [re.sub(r"[^\w ]", "", head) for head in heads]
    rules = "".join(
        f'.kg td:nth-child({i})::before{{content:"{name}"}}\n' for i, name in enumerate(names, 1)
    )
    below = "".join(f"<li>{_html(tame(note))}</li>\n" for note in notes)
    below = f'<ul class="notes">\n{below}</ul>\n' if below else ""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{_html(title)}</title>\n<style>{_STYLE}{rules}}}\n</style>\n</head>\n<body>\n"
        f"{html_table(heads, rows, label, remark=remark)}{below}</body>\n</html>\n"
    )


def html_table(heads: Sequence[str], rows: Rows, label: Label, *, remark: str) -> str:
    """Return rows as an HTML table; IRIs of the web are links."""
    columns = list(zip(*rows, strict=True)) or [()] * len(heads)
    right = [' class="n"' if numeric(set(column)) else "" for column in columns]
    looks = [
        {cell: _html_cell(cell, label, side) for cell in set(column)}
        for column, side in zip(columns, right, strict=True)
    ]
    head = "".join(
        f'<th scope="col"{side}>{_html(head)}</th>' for head, side in zip(heads, right, strict=True)
    )
    body = "".join(
        f"<tr>{''.join([look[cell] for look, cell in zip(looks, row, strict=True)])}</tr>\n"
        for row in rows
    )
    return (
        f'<table class="kg">\n<caption>{_html(remark)}</caption>\n'
        f"<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    )


def _html(text: str) -> str:
    """Return text that is safe in an element and in a quoted attribute."""
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(char, entity)
    return text


def _html_cell(cell: str, label: Label, side: str) -> str:
    text = _html(tame(shown(cell, label), breaks=True))
    link = _link(cell)
    if link:
        return f'<td><a href="{_html(link)}">{text}</a></td>'
    parts = cells.literal(cell)
    language = f' lang="{_html(parts.language)}"' if parts and parts.language else ""
    # Each text finds its own direction and leaves that of its neighbours alone.
    direction = "" if text.isascii() else ' dir="auto"'
    return f"<td{side}{language}{direction}>{text}</td>"
