"""Names while one types: every name of the data in one text, so that each letter costs no walk over all.

It finds what ``kg.names.search`` finds, in the same order, but for near misses, the
statements of claims and identifiers: those are looked for when somebody asks for them.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import accumulate

from kg.names import Hit, fold
from kg.store import Store
from kg.turtle import natural
from kg.web.live import State

#: So many places are looked at for each way in which a name can match.
_LOOKED_AT = 2_000


class Names:
    """The names of a store, folded, one a line."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._entries = [
            (iri, label.text, label.language)
            for iri, labels in store.labels.items()
            for label in labels
        ]
        lines = [f" {fold(text)}" for _, text, _ in self._entries]
        # Each line begins with a blank: a whole name and its words are found alike.
        self._text = "\n".join(("", *lines, ""))
        self._starts = [0, *accumulate(len(line) + 1 for line in lines)]

    def search(self, text: str, limit: int) -> list[Hit]:
        """Return what goes by a name like this: whole names, beginnings, words, parts."""
        wanted = fold(text)
        if not wanted:
            return []
        best: dict[str, tuple[int, int]] = {}
        for grade, sign in enumerate((f"\n {wanted}\n", f"\n {wanted}", f" {wanted}", wanted)):
            for entry in self._with(sign):
                best.setdefault(self._entries[entry][0], (grade, entry))
            if len(best) >= _LOOKED_AT:
                break
        about = self._store.claims_about

        def rank(iri: str) -> tuple[object, ...]:
            grade, claims = best[iri][0], len(about.get(iri, ()))
            return grade > 0 and not claims, grade, -claims, natural(iri)

        return [self._hit(iri, best[iri][1]) for iri in sorted(best, key=rank)[:limit]]

    def _with(self, sign: str) -> list[int]:
        """Return the entries whose line holds a text, the first ones."""
        found: dict[int, None] = {}
        at = self._text.find(sign)
        while at >= 0 and len(found) < _LOOKED_AT:
            entry = bisect_right(self._starts, at + (sign[0] == "\n")) - 1
            found[entry] = None
            # On in the next line: one place in each is enough.
            at = self._text.find(sign, self._starts[entry + 1])
        return list(found)

    def _hit(self, iri: str, entry: int) -> Hit:
        store, (_, text, language) = self._store, self._entries[entry]
        types = ", ".join(store.vocabulary.label(cls) for cls in store.types(iri))
        claims = len(store.claims_about.get(iri, ()))
        return Hit(iri, store.label(iri), text, language, types, claims)


def names(state: State) -> Names:
    """Return the names of what is served, made once for each state of the data."""
    return state.store.made(Names)
