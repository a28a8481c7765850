"""How names are spelled when they are compared, and which of their words tell things apart."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from kg.names import fold

#: Words and abbreviations of legal forms as they are compared. Those of one line are
#: written for each other, as the variants of one form in opensanctions/rigour (MIT),
#: resources/names/org_types.yml, commit c5828fd315852fb4d8650e939f26f1a77bb391d1, show. A
#: company and a corporation stay two: sister firms differ in nothing else.
_FORMS = {
    "limited": "ltd",
    "lmtd": "ltd",
    "company": "co",
    "corporation": "corp",
    "incorporated": "inc",
    "joint stock co": "jsc",
    "limited liability co": "llc",
}
_WORDS = {long: short for long, short in _FORMS.items() if " " not in long}
_PHRASES = {long: short for long, short in _FORMS.items() if " " in long}
# Romanised Korean and Russian write breathings and soft signs, which lists put or leave out.
_APOSTROPHES = re.compile("['’‘ʼʹ`´]")


@lru_cache(maxsize=500_000)
def spelled(name: str) -> str:
    """Return a name as it is compared: Latin letters, folded, legal forms short, words in order.

    >>> spelled("KIM, Jong-un"), spelled("Ch'o'l Kim")
    ('jong kim un', 'chol kim')
    >>> spelled("Example Company Limited") == spelled("EXAMPLE CO., LTD.")
    True
    """
    text = " ".join(_WORDS.get(word, word) for word in _latin(name))
    for long, short in _PHRASES.items():
        text = re.sub(rf"\b{long}\b", short, text)
    return " ".join(sorted(text.split()))


def _latin(name: str) -> list[str]:
    from anyascii import anyascii

    return fold(_APOSTROPHES.sub("", anyascii(name))).split()


def same_order(name: str, other: str) -> bool:
    """Return whether two names of the same words have them in one order, whichever comes first.

    Family names come first or last; given names keep their order.

    >>> same_order("KIM, Jong Un", "Jong-un Kim"), same_order("Ri Song Un", "Ri Un Song")
    (True, False)
    """
    mine, its = _latin(name), _latin(other)
    return any(mine[n:] + mine[:n] == its for n in range(len(mine)))


def common_words(spellings: Iterable[str]) -> frozenset[str]:
    """Return the words that so many names have that they tell little: one in a hundred, five at least.

    Of names of North Korean firms these are such as ``korea``, ``trading`` and ``corp``;
    of persons, ``kim``. Which they are, the names that are compared decide.
    """
    counts: Counter[str] = Counter()
    number = 0
    for spelling in spellings:
        counts.update(set(spelling.split()))
        number += 1
    least = max(5, number // 100)
    return frozenset(word for word, count in counts.items() if count >= least)


def telling(spelling: str, common: frozenset[str]) -> str:
    """Return the words of a name that are not common.

    >>> telling("corp daesong korea trading", frozenset({"corp", "korea", "trading"}))
    'daesong'
    """
    return " ".join(word for word in spelling.split() if word not in common)


def numbers(spelling: str) -> list[str]:
    """Return the numbers in a name: ships of one owner differ in nothing else.

    >>> numbers("2 fan hao"), numbers("fan hao")
    (['2'], [])
    """
    return [word for word in spelling.split() if word.isdigit()]
