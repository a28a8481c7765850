"""Look at a SPARQL query before anything runs it: what it uses, and whether it may run.

The engine has no switch for SERVICE, follows deep nesting until the process
dies, and reports errors as text. So a tokenizer reads the query first. It knows
strings, IRIs, comments, variables and names, and where the engine's grammar
reads a character sequence in more than one way it refuses rather than guesses.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

import pyoxigraph as ox

from kg.errors import QueryError, RefusedError
from kg.vocab import PREFIXES

MAX_BYTES = 100_000
#: Brackets inside brackets. Half of what overflows a 1 MB stack (pyoxigraph 0.5.13).
MAX_DEPTH = 100
#: Keywords and operators. A chain of 5,000 BINDs overflows the stack like nesting does.
MAX_STEPS = 1_000

_BEYOND_ASCII = (
    "\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_MARKS_BEYOND_ASCII = "\u00b7\u0300-\u036f\u203f-\u2040"
_ESCAPE = r"%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?#@%]"
_STRING_ESCAPE = r"\\[tbnrf\"'\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"


@cache
def _terminals(ascii_only: bool) -> re.Pattern[str]:
    """Return the terminals of SPARQL 1.1 (section 19.8), longest first where one starts another.

    Compiled when first needed: the character classes of all Unicode take 20 ms,
    those of ASCII, which most queries are written in, one.
    """
    base = "A-Za-z" + ("" if ascii_only else _BEYOND_ASCII)
    underscored = base + "_"
    variable = underscored + "0-9" + ("" if ascii_only else _MARKS_BEYOND_ASCII)
    chars = variable + "\\-"
    return re.compile(
        rf"""
      (?:[ \t\r\n]++ | \#[^\r\n]*+)*+
      (?:
      (?P<string>'''(?:'{{0,2}}(?:[^'\\]|{_STRING_ESCAPE}))*'''
               | \"\"\"(?:\"{{0,2}}(?:[^\"\\]|{_STRING_ESCAPE}))*\"\"\"
               | '(?!'')(?:[^'\\\n\r]|{_STRING_ESCAPE})*'
               | \"(?!\"\")(?:[^\"\\\n\r]|{_STRING_ESCAPE})*\")
    | (?P<iri><(?:[^<>\"{{}}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{{4}}|\\U[0-9A-Fa-f]{{8}})*>)
    | (?P<blank>_:[{underscored}0-9](?:[{chars}.]*[{chars}])?)
    | (?P<variable>[?$][{variable}]+)
    | (?P<language>@[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)?)
    | (?P<name>(?:[{base}][{chars}.]*+(?<!\.))?
          :(?:(?:[{underscored}:0-9]|{_ESCAPE})(?:(?:[{chars}:.]|{_ESCAPE})*(?:[{chars}:]|{_ESCAPE}))?)?)
    | (?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
    | (?P<open>\{{\||[{{(\[])
    | (?P<close>\|\}}|[}})\]])
    | (?P<operator>&&|\|\||!=|<=|>=|\^\^|<<|>>|[|*/^?+\-!=<>~])
    | (?P<mark>[;,.])
    | (?P<end>\Z)
      )
    """,
        re.VERBOSE,
    )


_PAIRS = {"{": "}", "(": ")", "[": "]", "{|": "|}"}
_CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")


class Token(NamedTuple):
    """One terminal of a query: its kind, its text and where it starts (an offset)."""

    kind: str
    text: str
    start: int


class Outline:
    """What a query uses, known without running it."""

    def __init__(self, found: tuple[Token, ...], graphs: tuple[str, ...]) -> None:
        self._found = found
        #: The IRIs named by FROM and FROM NAMED.
        self.graphs = graphs

    @cached_property
    def form(self) -> str:
        """What it asks for: select, ask, construct or describe; empty for none of them."""
        return next((t.text for t in self._found if _is(t, *_FORMS)), "").lower()

    @cached_property
    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(t.text[1:] for t in self._found if t.kind == "variable")

    @cached_property
    def projected(self) -> tuple[str, ...] | None:
        """The columns of the outermost SELECT; None for ``SELECT *`` and for the other forms."""
        return _projected(self._found)

    @cached_property
    def ordered(self) -> bool:
        """Whether the outermost SELECT has an ORDER BY."""
        return _ordered(self._found)


def lasting(text: str) -> bool:
    """Whether a query has one answer over the same data: it asks for no time, nothing by chance.

    >>> lasting("SELECT ?now { ?s ?p ?now }"), lasting("SELECT (now() AS ?t) {}")
    (True, False)
    """
    shouted = text.upper()
    if not any(name in shouted for name in _FLEETING):
        return True  # (most queries)
    if len(text) > _SHORT:
        return False  # (not looked at for longer than a moment)
    with suppress(QueryError, RefusedError):  # (it will not run)
        words = [token.text.upper() for token in terminals(text) if token.kind == "word"]
        # (The engine needs no space after a keyword.)
        return not any(name in word for name in _FLEETING for word in words)
    return True


_FLEETING = ("NOW", "RAND", "UUID")


def tokens(text: str) -> list[Token]:
    """Return the terminals of a query, without space and comments.

    Raises QueryError where no terminal starts, RefusedError where the engine
    might see another terminal than this one, and after ``MAX_STEPS``: to find that
    `a.a.a. ...` is no prefixed name takes a look at all of it, for each of its words.
    """
    found: list[Token] = []
    steps = position = 0
    match_at, new = _terminals(text.isascii()).match, tuple.__new__  # (three times as fast)
    while match := match_at(text, position):
        kind = match.lastgroup or ""
        if kind == "end":
            return found
        start, terminal = match.start(kind), match[kind]
        if kind == "iri":
            _refuse_doubtful(text, terminal, start)
        elif kind in ("word", "operator"):
            steps += 1
            if steps > MAX_STEPS:
                raise _refused(
                    text,
                    start,
                    f"more than {MAX_STEPS:,} keywords and operators",
                    "use VALUES for long lists, or ask several queries",
                )
        found.append(new(Token, (kind, terminal, start)))
        position = match.end()
    space = _SPACE.match(text, position)
    start = space.end() if space else position
    raise query_error(text, start, *_stray(text, start))


_SPACE = re.compile(r"(?:[ \t\r\n]++|#[^\r\n]*+)*+")


def terminals(text: str) -> tuple[Token, ...]:
    """Return the terminals of a query as ``tokens`` yields them; raises what that raises."""
    # Reading a short query takes half as long as running it, and the same ones come
    # again. Long ones do not stay in memory.
    return _remembered_tokens(text) if len(text) < _SHORT else tuple(tokens(text))


# What is read of texts shorter than this is remembered.
_SHORT = 10_000


@lru_cache(maxsize=128)
def _remembered_tokens(text: str) -> tuple[Token, ...]:
    return tuple(tokens(text))


def _stray(text: str, position: int) -> tuple[str, str]:
    if text[position] in "'\"":
        return "a string that does not end", "close it, or use three quotes around several lines"
    character = text[position]
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return f"unexpected character {shown}", "strings need quotes, IRIs need < and >"


def _refuse_doubtful(text: str, iri: str, position: int) -> None:
    # In `FILTER(1<2#>...` the engine sees "less than" and a comment where the
    # longest terminal is an IRI; with a quote it sees the start of a string.
    # `scheme://` cannot be read as an expression, so those IRIs are safe.
    if ("'" in iri or "#" in iri) and not re.match(r"<[A-Za-z][A-Za-z0-9+.\-]*://", iri):
        raise _refused(
            text,
            position,
            "this can be read as an IRI and as a comparison",
            "write spaces around < and >, or the IRI with http:// in front",
        )


def outline(
    text: str, graphs: frozenset[str] = frozenset(), prefixes: Mapping[str, str] = PREFIXES
) -> Outline:
    """Return what a query uses, when it may run.

    ``graphs`` are the named graphs that exist: FROM may name only them. ``prefixes``
    are those it need not declare. Raises RefusedError (SERVICE, updates, FROM outside
    the data, too long, too deep, too many steps) and QueryError (unclosed brackets or
    strings, unknown prefixes).
    """
    if prefixes is PREFIXES and len(text) < _SHORT:
        return _remembered_outline(text, graphs)
    return _outline(text, graphs, prefixes)


@lru_cache(maxsize=128)
def _remembered_outline(text: str, graphs: frozenset[str]) -> Outline:
    return _outline(text, graphs, PREFIXES)


def _outline(text: str, graphs: frozenset[str], prefixes: Mapping[str, str]) -> Outline:
    found, declared = _checked(text, prefixes)
    return Outline(found, _check_graphs(text, found, declared, graphs))


def update_variables(text: str, prefixes: Mapping[str, str] = PREFIXES) -> frozenset[str]:
    """Return the variables of an update, when it may run.

    Raises what ``outline`` raises, also for LOAD: an update changes this data and
    reaches nothing else.
    """
    found, _ = _checked(text, prefixes, updates=True)
    return frozenset(token.text[1:] for token in found if token.kind == "variable")


def iris(text: str) -> Iterator[str]:
    """Yield every IRI a query or update names, prefixes resolved, in order, without ``a``.

    Raises what ``outline`` raises for brackets, strings and prefixes.
    """
    found, prefixes = _checked(text, PREFIXES, updates=True)
    declared = {i + d for i, t in enumerate(found) if _is(t, "PREFIX", "BASE") for d in (1, 2)}
    for index, token in enumerate(found):
        if index in declared:
            continue
        if token.kind == "iri":
            yield token.text[1:-1]
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            yield prefixes.get(prefix, "") + re.sub(r"\\(.)", r"\1", local)


def _checked(
    text: str, prefixes: Mapping[str, str], *, updates: bool = False
) -> tuple[tuple[Token, ...], Mapping[str, str]]:
    """Return the terminals of a text that may run, and the prefixes it can use.

    That is: not too long or deep, no refused word, no unknown prefix.
    """
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_BYTES:
        raise RefusedError(
            f"the query has {size:,} bytes, more than the {MAX_BYTES:,} allowed",
            hint="load long lists as data instead of writing them into the query",
        )
    if "\\u" in text or "\\U" in text:
        # The standard decodes \u0053 before anything else, this engine only in
        # strings and IRIs: the query has to be harmless both ways.
        decoded = _CODEPOINT.sub(_decode, text)
        again = tokens(decoded)
        _check_words(decoded, again, updates=updates)
        _check_nesting(decoded, again)
    found = terminals(text)
    _check_words(text, found, updates=updates)
    _check_nesting(text, found)
    return found, _check_prefixes(text, found, prefixes)


def _decode(match: re.Match[str]) -> str:
    code = int(match[1] or match[2], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"


def _is(token: Token, *words: str) -> bool:
    return token.kind == "word" and token.text.upper() in words


_REFUSED = ("SERVICE", *_UPDATES)


def _check_words(text: str, found: Sequence[Token], *, updates: bool) -> None:
    shouted = text.upper()
    if not any(word in shouted for word in _REFUSED):
        return  # (most queries)
    for token in found:
        # The engine needs no space after a keyword: SERVICESILENT, trueSERVICE and,
        # with a prefix of that name, SERVICEkg:x are all read as SERVICE.
        keyword = token.text if token.kind == "word" else ""
        if token.kind == "name":
            keyword = token.text.partition(":")[0]
        if "SERVICE" in keyword.upper():
            raise _refused(
                text,
                token.start,
                "SERVICE is not allowed: queries do not reach other machines",
                "import the other data set instead"
                if token.kind == "word"
                else "choose a prefix without the word service in it",
            )
        if updates and "LOAD" in keyword.upper():
            raise _refused(
                text,
                token.start,
                "LOAD is not allowed: updates read no other data",
                "save it as a file first",
            )
        if not updates and _is(token, *_UPDATES):
            raise _refused(
                text,
                token.start,
                f"{token.text.upper()} is not allowed: queries do not change data",
                "kg update changes a workspace",
            )


def _check_nesting(text: str, found: Sequence[Token]) -> None:
    # A triple term << >> nests like a bracket, but << also begins a comparison
    # with an IRI, so it is counted and not matched.
    waiting: list[Token] = []
    triple_terms = 0
    for token in found:
        if token.kind not in ("open", "close", "operator"):
            continue
        triple_terms += token.text == "<<"
        if token.kind == "open":
            waiting.append(token)
        if len(waiting) > MAX_DEPTH or triple_terms > MAX_DEPTH:
            raise _refused(
                text, token.start, f"nested deeper than {MAX_DEPTH}", "take the query apart"
            )
        if token.kind == "close":
            if not waiting or _PAIRS[waiting[-1].text] != token.text:
                if not waiting:
                    raise query_error(
                        text, token.start, f"nothing is open before {token.text}", "take it out"
                    )
                opener = waiting[-1].text
                line = text.count("\n", 0, waiting[-1].start) + 1
                raise query_error(
                    text,
                    token.start,
                    f"{opener} is closed by {token.text}",
                    f"the {opener} in line {line} needs its {_PAIRS[opener]} before this",
                )
            waiting.pop()
    if waiting:
        opener = waiting[-1].text
        raise query_error(
            text, waiting[-1].start, f"{opener} is never closed", f"add a {_PAIRS[opener]}"
        )


def _check_prefixes(
    text: str, found: Sequence[Token], prefixes: Mapping[str, str]
) -> Mapping[str, str]:
    if not any(token.kind == "name" for token in found):
        return prefixes
    declared = dict(prefixes)
    for index, token in enumerate(found):
        if token.kind != "name":
            continue
        prefix = token.text.partition(":")[0]
        if index and _is(found[index - 1], "PREFIX"):
            following = found[index + 1] if index + 1 < len(found) else token
            declared[prefix] = following.text[1:-1] if following.kind == "iri" else ""
        elif prefix not in declared:
            import difflib

            close = difflib.get_close_matches(prefix, declared, n=1, cutoff=0.5)
            if text.startswith("//", token.start + len(token.text)):
                hint = "write IRIs in angle brackets: <http://...>"
            elif close:
                hint = f"did you mean {close[0]}:?"
            else:
                hint = f"declare it: PREFIX {prefix}: <...>"
            raise query_error(text, token.start, f"unknown prefix {prefix}:", hint)
    return declared


def _check_graphs(
    text: str, found: Sequence[Token], prefixes: Mapping[str, str], graphs: frozenset[str]
) -> tuple[str, ...]:
    if "FROM" not in text.upper():
        return ()
    named: list[str] = []
    for index, token in enumerate(found):
        if token.kind != "word" or "FROM" not in token.text.upper():
            continue
        rest = [t for t in found[index + 1 : index + 3] if not _is(t, "NAMED")][:1]
        if not rest or rest[0].kind not in ("iri", "name"):
            continue  # not a FROM clause; the engine will say what is wrong
        graph = rest[0].text[1:-1]
        if rest[0].kind == "name":
            prefix, _, local = rest[0].text.partition(":")
            graph = prefixes.get(prefix, "") + local
        if graph not in graphs:
            raise _refused(
                text,
                rest[0].start,
                f"FROM names a graph that is not loaded: {rest[0].text}",
                "kg info lists the graphs",
            )
        named.append(graph)
    return tuple(named)


def _projected(found: Sequence[Token]) -> tuple[str, ...] | None:
    start = next((i for i, t in enumerate(found) if _is(t, *_FORMS)), None)
    if start is None or not _is(found[start], "SELECT"):
        return None
    names: list[str] = []
    depth = 0
    for index in range(start + 1, len(found)):
        token = found[index]
        if token.text == "{" or _is(token, "WHERE", "FROM"):
            break
        if token.text == "*" and depth == 0:
            return None
        depth += (token.kind == "open") - (token.kind == "close")
        after_as = depth == 1 and _is(found[index - 1], "AS")
        if token.kind == "variable" and (depth == 0 or after_as):
            names.append(token.text[1:])
    return tuple(names)


def _ordered(found: Sequence[Token]) -> bool:
    depth = 0
    for token in found:
        depth += (token.kind == "open") - (token.kind == "close")
        if depth == 0 and _is(token, "ORDER"):
            return True
    return False


def spelled_out(text: str, names: Iterable[str]) -> str:
    """Return a ``SELECT *`` with its columns written out, in the order the text names them.

    The engine orders them by chance. ``names`` are the columns it found. Other texts
    are returned as they are.
    """
    names = list(names)
    found = list(terminals(text)) if names and "*" in text else []
    if not any(_is(token, "SELECT") for token in found) or _projected(found) is not None:
        return text
    first = {token.text[1:]: token.start for token in reversed(found) if token.kind == "variable"}
    columns = " ".join(f"?{name}" for name in sorted(names, key=lambda n: (first.get(n, 0), n)))
    start = next(index for index, token in enumerate(found) if _is(token, "SELECT"))
    star = next(token for token in found[start:] if token.text == "*")
    return f"{text[: star.start]}{columns}{text[star.start + 1 :]}"


# ---------------------------------------------------------------- parameters


def bind(text: str, values: Mapping[str, ox.NamedNode | ox.Literal]) -> str:
    """Return the query with variables replaced by the terms they are given.

    What SHACL calls pre-bound variables: the value holds in every group, filter and
    sub-select. A selected variable stays in the answer as ``(term AS ?name)``. The
    tokens decide what is a variable and the term is written as N-Triples, so a
    value cannot become syntax. (The engine's own substitution comes after its
    optimizer, which then plans for a free variable: docs/decisions/0004.)

    Raises QueryError where the query sets such a variable itself (BIND, VALUES).
    """
    if not values:
        return text
    given = frozenset(values)
    plan = _places(text, given) if len(text) < _SHORT else _places.__wrapped__(text, given)
    return "".join([piece if name is None else piece.format(values[name]) for piece, name in plan])


@lru_cache(maxsize=128)
def _places(text: str, given: frozenset[str]) -> tuple[tuple[str, str | None], ...]:
    """Return the text in pieces: as it is (None), or a format for the value of a name."""
    found = list(terminals(text))
    names = {token.text[1:] for token in found if token.kind == "variable"}
    clauses = [""]  # of each open bracket, the clause that is being read in it
    pieces: list[tuple[str, str | None]] = []
    done = 0
    for index, token in enumerate(found):
        if token.kind == "open":
            inner = "values" if clauses[-1] == "values" and token.text == "(" else ""
            if token.text == "{":
                clauses[-1] = ""
            clauses.append(inner)
        elif token.kind == "close":
            clauses.pop()
            if not clauses:
                raise query_error(text, token.start, f"{token.text} closes nothing", "remove it")
        elif token.kind == "word":
            clauses[-1] = _CLAUSES.get(token.text.upper(), clauses[-1])
        elif token.kind == "variable" and token.text[1:] in given:
            name: str | None = token.text[1:]
            if clauses[-1] == "values" or _is(found[index - 1], "AS"):
                raise query_error(
                    text,
                    token.start,
                    f"?{name} is given a value and the query sets it too",
                    "rename one of the two",
                )
            start, end = token.start, token.start + len(token.text)
            piece = "{}"
            if clauses[-1] == "select":
                outer = len(clauses) == 1
                piece = f"({{}} AS ?{name if outer else _fresh(token.text[1:], names)})"
            elif clauses[-1] == "by":
                piece = "({})"
            elif _is(found[max(index - 2, 0)], "BOUND") and index + 1 < len(found):
                start, end = found[index - 2].start, found[index + 1].start + 1
                piece, name = "true", None
            pieces += [(text[done:start], None), (piece, name)]
            done = end
    return (*pieces, (text[done:], None))


_CLAUSES = {
    "SELECT": "select",
    "WHERE": "",
    "FROM": "",
    "ORDER": "by",
    "GROUP": "by",
    "HAVING": "",
    "LIMIT": "",
    "OFFSET": "",
    "VALUES": "values",
}


def _fresh(name: str, names: set[str]) -> str:
    while name in names:
        name += "_"
    names.add(name)
    return name


# ---------------------------------------------------------------- errors with their place

_ENGINE_ERROR = re.compile(r"error at (\d+):(\d+): expected (.*)", re.DOTALL)
_REASON = re.compile(r"[A-Z]\w* [\w' ]+|[\w ]+ failed")
_PADDING = " " * 40
_WORDS = [
    "SELECT",
    "ASK",
    "CONSTRUCT",
    "DESCRIBE",
    "PREFIX",
    "BASE",
    "WHERE",
    "DISTINCT",
    "REDUCED",
    "OPTIONAL",
    "UNION",
    "MINUS",
    "FILTER",
    "BIND",
    "VALUES",
    "GRAPH",
    "EXISTS",
    "NOT",
    "ORDER",
    "BY",
    "GROUP",
    "HAVING",
    "LIMIT",
    "OFFSET",
    "ASC",
    "DESC",
    "AS",
    "IN",
    "UNDEF",
    "COUNT",
    "SUM",
    "MIN",
    "MAX",
    "AVG",
    "SAMPLE",
    "GROUP_CONCAT",
    "SEPARATOR",
    "STR",
    "LANG",
    "LANGMATCHES",
    "DATATYPE",
    "BOUND",
    "IRI",
    "COALESCE",
    "IF",
    "CONTAINS",
    "STRSTARTS",
    "STRENDS",
    "LCASE",
    "UCASE",
    "CONCAT",
    "REGEX",
    "REPLACE",
    "YEAR",
    "MONTH",
    "DAY",
    "isIRI",
    "isLITERAL",
    "sameTerm",
]


def engine_error(text: str, error: SyntaxError) -> QueryError:
    """Return the error to raise for a query that pyoxigraph could not parse."""
    match = _ENGINE_ERROR.match(str(error.args[0]) if error.args else "")
    found = list(tokens(text))
    if match is None or not found:
        return QueryError("the query does not parse", hint="it needs SELECT, ASK or CONSTRUCT")
    bad = _first_bad(text, found, _offset(text, int(match[1]), int(match[2])))
    reasons = [
        said for said in match[3].removeprefix("one of ").split(", ") if _REASON.fullmatch(said)
    ]
    if reasons:
        place = bad.start if bad else len(text)
        return query_error(text, place, reasons[0], "change what stands before this place")
    if bad is None:
        return query_error(text, len(text), "the query ends too early", "something is missing here")
    if bad.kind == "close":
        return query_error(
            text,
            bad.start,
            f"something is missing or not allowed before {bad.text}",
            "an unfinished triple, a variable that BIND sets again, or VALUES of unequal length",
        )
    import difflib

    close = difflib.get_close_matches(bad.text.upper(), _WORDS, n=1) if bad.kind == "word" else []
    advice = f"did you mean {close[0]}?" if close else "look at what stands before it, too"
    return query_error(text, bad.start, f"unexpected {_clean(bad.text)[:40]}", advice)


def update_error(text: str, error: SyntaxError) -> QueryError:
    """Return the error to raise for an update that pyoxigraph could not parse."""
    match = _ENGINE_ERROR.match(str(error.args[0]) if error.args else "")
    if match is None:
        return QueryError("the update does not parse", hint="for example INSERT DATA { ... }")
    place = min(_offset(text, int(match[1]), int(match[2])), len(text))
    return query_error(text, place, "the update does not parse", "at this place or just before")


def _first_bad(text: str, found: list[Token], position: int) -> Token | None:
    # The engine reads as many characters as a keyword has before it compares them
    # and reports the place behind them, up to 14 too far (pyoxigraph 0.5.13). So
    # the tokens around that place are tried one by one: a beginning that could
    # still become a query fails at its very end.
    engine = ox.Store()
    for token in found:
        end = token.start + len(token.text)
        if end < position - 20:
            continue
        beginning = text[:end] + _PADDING
        try:
            engine.query(beginning, prefixes=PREFIXES)
        except SyntaxError as error:
            match = _ENGINE_ERROR.match(str(error.args[0]))
            if match and _offset(beginning, int(match[1]), int(match[2])) < len(beginning):
                return token
    return None


def _offset(text: str, line: int, column: int) -> int:
    return sum(len(before) + 1 for before in text.split("\n")[: line - 1]) + column - 1


def query_error(text: str, position: int, message: str, advice: str) -> QueryError:
    """Return a QueryError for that place; the hint shows the line with a caret under it."""
    line, column, excerpt = _place(text, position)
    return QueryError(message, hint=f"{advice}\n{excerpt}", line=line, column=column)


def _refused(text: str, position: int, message: str, hint: str) -> RefusedError:
    line, column, _ = _place(text, position)
    return RefusedError(message, hint=hint, line=line, column=column)


def _place(text: str, position: int) -> tuple[int, int, str]:
    before = text[:position]
    start = before.rfind("\n") + 1
    column = position - start
    line = text[start:].split("\n", 1)[0]
    # A long line is cut around the place, so that the caret stays in sight.
    left = max(0, column - 60)
    shown = _clean(line[left : column + 40])
    return before.count("\n") + 1, column + 1, f"  {shown}\n  {' ' * (column - left)}^"


def _clean(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
