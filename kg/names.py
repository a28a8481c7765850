"""Names: find the node a person means, by any label, alias, code or identifier."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

from pyoxigraph import Literal

from kg.errors import AmbiguousNameError, UnknownNameError
from kg.store import Label, Store
from kg.turtle import natural
from kg.vocab import DATA_KINDS, ID, KG, PREFIXES, compress, expand

#: The schemes whose identifiers name a thing without saying the scheme: those of others mean
#: one thing here and another there (KN).
CODES = ("wikidata", "iso3166-1-alpha2", "iso3166-1-alpha3")
_RECORDS = (PREFIXES["wd"], *(f"{ID}{kind}/" for kind in DATA_KINDS))


class Hit(NamedTuple):
    """One thing found: its name, the name that matched, and how much is claimed about it."""

    iri: str
    label: str
    matched: str
    language: str
    type_label: str
    claims: int


def fold(text: str) -> str:
    """Return a name as it is compared: case, accents, punctuation and spacing folded.

    >>> fold("Korea,  NORTH")
    'korea north'
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", kept)))


def resolve(store: Store, name: str) -> str:
    """Return the IRI of the one thing a name stands for.

    Tried in this order: CURIE or IRI; ISO 3166 code or Wikidata id in capitals (UKR is
    Ukraine, though a programme is called so, too); preferred label; alias; the same with case,
    accents and punctuation folded; the same without articles, which lists put into
    brackets or leave out; such a code in small letters; the bare name of
    a claim or other node (``bipss-009``); a class, property or concept of the
    ontology by its label (``visit``, ``possible``). A thing of the graph's own comes
    before records of imported data sets. Raises UnknownNameError, with close names, and AmbiguousNameError, with the candidates.
    """
    iri = expand(name)
    if iri is not None and not iri.startswith((PREFIXES["wd"], "https://www.wiki")):
        if not _exists(store, iri):
            raise UnknownNameError(f"nothing is called {name}", hint=_near(store, name), name=name)
        return store.standing(iri)
    exact: dict[bool, set[str]] = {True: set(), False: set()}
    folded: dict[bool, set[str]] = {True: set(), False: set()}
    bare: set[str] = set()
    wanted = fold(name)
    unarticled = _without_article(wanted)
    for node, label, spelling in _spelled(store):
        if label.text == name:
            exact[label.preferred].add(node)
        if wanted and spelling == wanted:
            folded[label.preferred].add(node)
        if unarticled and _without_article(spelling) == unarticled:
            bare.add(node)
    coded = _by_code(store, name)
    first = coded if name.isupper() and len(coded) == 1 else set()
    tries = (first, exact[True], exact[False], folded[True], folded[False], bare, coded)
    for found in (*tries, _by_slug(store, name), _terms(store, wanted)):
        # A thing of ours before records of data sets that nothing links to it yet.
        found = {node for node in found if not node.startswith(_RECORDS)} or found
        if len(found) == 1:
            return next(iter(found))
        if found:
            candidates = tuple(
                f"{compress(node)}  {store.label(node)}" for node in sorted(found, key=natural)
            )
            raise AmbiguousNameError(
                f"{name!r} stands for {len(found)} things",
                candidates=candidates,
                hint="use one of these ids",
                name=name,
            )
    if iri is not None and _exists(store, iri):  # a Wikidata id that nothing of ours has
        return iri
    raise UnknownNameError(f"nothing is called {name!r}", hint=_near(store, name), name=name)


def _without_article(folded: str) -> str:
    """Return a folded name without the article that ISO 3166 and UNTERM write with it.

    >>> _without_article("korea the democratic people s republic of")
    'korea democratic people s republic of'
    """
    return f" {folded} ".replace(" the ", " ").strip()


def _spelled(store: Store) -> list[tuple[str, Label, str]]:
    """Return every node with each of its names, and that name folded."""
    return store.made(_spellings)


def _spellings(store: Store) -> list[tuple[str, Label, str]]:
    return [(node, name, fold(name.text)) for node, names in store.labels.items() for name in names]


def _exists(store: Store, iri: str) -> bool:
    try:
        return store.exists(iri)
    except ValueError:  # written like an IRI, but not one
        return False


def _by_code(store: Store, name: str) -> set[str]:
    code = name.removeprefix("wd:").rsplit("/", 1)[-1].upper()
    if not re.fullmatch(r"[A-Z]{2,3}|Q[1-9]\d*", code):
        return set()
    found = set()
    for claim in store.claims.values():
        if claim.identity_scheme in CODES and _code(claim.object) == code:
            found.add(claim.subject)
    return found


def _terms(store: Store, wanted: str) -> set[str]:
    return {
        iri
        for iri, term in store.vocabulary.terms.items()
        if iri.startswith(KG) and wanted in (fold(term.label), fold(iri[len(KG) :]))
    }


def _code(value: str | Literal) -> str:
    return (value.value if isinstance(value, Literal) else value).rsplit("/", 1)[-1]


def _by_slug(store: Store, name: str) -> set[str]:
    if not re.fullmatch(r"[a-z][a-z0-9.-]*", name):
        return set()
    nodes = (*store.claims, *store.labels, *store.passages, *store.citations)
    return {node for node in nodes if node.startswith(ID) and node.rsplit("/", 1)[-1] == name}


def _near(store: Store, name: str) -> str:
    known: dict[str, str] = {}
    for node, labels in store.labels.items():
        known.setdefault(fold(compress(node)), compress(node))
        for label in labels:
            known.setdefault(fold(label.text), label.text)
    import difflib

    near = difflib.get_close_matches(fold(name), known, n=3, cutoff=0.7)
    if near:
        return "did you mean " + ", ".join(known[text] for text in near) + "?"
    return "kg search finds parts of names"


def search(store: Store, text: str, *, limit: int = 20, claims: bool = False) -> list[Hit]:
    """Return what goes by a name like this, best first.

    Whole names come before beginnings, beginnings before parts, parts before near
    misses; then what more is claimed about. An identifier is a whole name, too. What nothing is claimed about, such as a
    document that is only cited, comes last, unless its whole name was given. ``claims`` searches the statements of claims and the editors' notes on them, too.
    """
    wanted = fold(text)
    if not wanted:
        return []
    best: dict[str, tuple[int, str, str]] = {}
    spellings: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for node, label, spelling in _spelled(store):
        grade = _grade(wanted, spelling)
        if grade is not None and (node not in best or grade < best[node][0]):
            best[node] = (grade, label.text, label.language)
    for node, scheme, value in store.made(_identifiers).get(wanted, ()):
        best.setdefault(node, (0, f"{scheme} {value}", ""))
    if claims:
        for iri in store.made(Statements).having(wanted):
            best[iri] = (4, store.claims[iri].statement, "en")
    if not best:
        import difflib

        for node, label, spelling in _spelled(store):
            spellings[spelling].append((node, label.text, label.language))
        for spelling in difflib.get_close_matches(wanted, spellings, n=5, cutoff=0.75):
            for node, label_text, language in spellings[spelling]:
                best.setdefault(node, (5, label_text, language))

    order = _ranked(store, {node: found[0] for node, found in best.items()}, limit)
    store.read_ahead(nodes=order)
    return [
        Hit(
            iri=node,
            label=_shown(store, node),
            matched=best[node][1],
            language=best[node][2],
            type_label=", ".join(store.vocabulary.label(t) for t in store.types(node)),
            claims=len(store.claims_about.get(node, ())),
        )
        for node in order
    ]


def _ranked(store: Store, grades: Mapping[str, int], limit: int) -> list[str]:
    """Return the best of what was found: by grade, by how much is claimed about it, by name."""
    alike: dict[tuple[bool, int, int], list[str]] = defaultdict(list)
    for node, grade in grades.items():
        claims = len(store.claims_about.get(node, ()))
        alike[grade > 0 and not claims, grade, -claims].append(node)
    found: list[str] = []
    for rank in sorted(alike):
        nodes = alike[rank]
        # (Thousands of claims are alike, and in natural order already.)
        in_order = all(node in store.claims for node in nodes)
        key = store.made(_places).__getitem__ if in_order else natural
        found += sorted(nodes, key=key)
        if len(found) >= limit:
            break
    return found[:limit]


def _places(store: Store) -> dict[str, int]:
    return {iri: place for place, iri in enumerate(store.claims)}


def _identifiers(store: Store) -> dict[str, list[tuple[str, str, str]]]:
    """Return what has each identifier, folded, with the scheme and the identifier as it is."""
    found: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for claim in store.claims.values():
        if claim.identity_scheme:
            value = _code(claim.object)
            found[fold(value)].append((claim.subject, claim.identity_scheme, value))
    return dict(found)


class Statements:
    """The statements of all claims and the notes on them, folded, as one text to look into."""

    def __init__(self, store: Store) -> None:
        self._claims = list(store.claims)
        # (Neither holds a line break once it is folded: nothing is found across two.)
        lines = [f"{fold(c.statement)}\n{fold(c.note)}" for c in store.claims.values()]
        self._text = "\n".join(lines)
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def having(self, wanted: str) -> Iterator[str]:
        """Yield the claims that have a folded text in their statement or note, in order."""
        at = self._text.find(wanted)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            yield self._claims[place]
            at = self._text.find(wanted, self._starts[place + 1])


def _shown(store: Store, node: str) -> str:
    claim = store.claims.get(node)
    return claim.statement if claim else store.label(node)


def _grade(wanted: str, spelling: str) -> int | None:
    if spelling == wanted:
        return 0
    if spelling.startswith(wanted):
        return 1
    if f" {wanted}" in spelling:
        return 2
    return 3 if wanted in spelling else None
