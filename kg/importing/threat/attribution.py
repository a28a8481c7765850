"""Which state a description ties a group to: read from sentences that say so, never from a keyword.

A description speaks of many states: victims, languages, other groups. Only a sentence
whose subject is the group itself, and which says in so many words that a state sent it
or that it comes from one, gives a tie. The sentence is cited by its place and
fingerprint; none of it is kept but the hedge and the name of an organ.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from kg.importing import country_names
from kg.importing.country_names import Country

#: A description longer than this is read so far.
LONGEST = 50_000
LONGEST_SENTENCE = 4000


class Tie(StrEnum):
    """What a sentence says of a group and a state."""

    SENT = "attributedTo"
    FROM = "comesFrom"


class Sentence(NamedTuple):
    """One sentence: its number from 1, its words as they stand, plain, and what it cites."""

    number: int
    raw: str
    plain: str
    cited: tuple[str, ...]


class Attribution(NamedTuple):
    """A tie of the described group to a state, with the sentence that says it.

    ``hedge`` is the word that softens it, empty for none; ``shown`` the words that tie.
    """

    tie: Tie
    state: Country
    hedge: str
    shown: str
    unit: str
    sentence: Sentence


_CITATION = re.compile(r"\(Citation: ([^()]*(?:\([^()]*\)[^()]*)*)\)")
_LINK = re.compile(r"\[([^\]\[]{0,300})\]\([^)\s]{0,500}\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
# A full stop ends a sentence before a capital, citations in between; "U.S. Army" does not.
_END = re.compile(
    r"(?<![A-Z]\.[A-Z])(?<!\b[A-Z])(?<!\bMr)(?<!\bDr)(?<!\bvs)[.!?][\"”’)]?"
    r"((?:\s*\(Citation: [^()]*(?:\([^()]*\)[^()]*)*\))*)(?:\s+(?=[\[\"“(]?[A-Z0-9])|\s*$)"
)

_HEDGES = (
    "suspected", "likely", "probably", "possibly", "believed", "alleged", "allegedly",
    "presumed", "presumably", "purported", "purportedly", "apparent", "apparently",
    "potential", "potentially", "may", "might", "could", "thought", "appears", "appear",
    "reportedly", "speculated", "tentatively", "assess", "assesses", "assessed", "suspect",
    "suspects", "believe", "believes",
)  # fmt: skip
#: Words for a tie that is less than "sent by".
_LOOSE = re.compile(
    r"\b(linked|tied|associated|affiliated|connected|nexus|aligned)\b", re.IGNORECASE
)
_HEDGE = re.compile(rf"\b({'|'.join(_HEDGES)})\b", re.IGNORECASE)
_DENIAL = re.compile(
    r"\b(not|n't|never|no|cannot|without|neither|nor|den(?:y|ies|ied)|disput\w+|unclear|unattributed"
    r"|false[- ]flag|falsely|mistaken\w*|incorrectly|wrongly|misattribut\w+)\b|n['’]t\b",
    re.IGNORECASE,
)
#: What makes an adjective of a state speak of the state, not of a place or a language.
_SPONSORED = re.compile(
    r"\b(?:(?:state|government|nation[- ]state)[- ](?:sponsored|backed|directed|affiliated|supported"
    r"|controlled|linked|aligned|run|owned|nexus)|nation[- ]state|state[- ]actor|government"
    r"|military|intelligence (?:service|agency|unit|directorate))\b",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"\b(?:groups?|teams?|actors?|units?|organi[sz]ations?|adversar(?:y|ies)|operators?|crews?"
    r"|gangs?|collectives?|clusters?|campaigns?|operations?|sets?|entit(?:y|ies)|hackers?"
    r"|syndicates?|outfits?|apt|threat|persona)\b",
    re.IGNORECASE,
)
# Where the predicate about the group ends and what it does, or to whom, begins.
_STOP = re.compile(
    r"[,;:]|\b(?:that|which|who|whose|where|targets?|targeting|targeted|focus\w*|against|attack\w*"
    r"|since|in|from|with|using|active|responsible|known|specializ\w+|specialis\w+|and)\b"
)
#: Stands in a sentence for every name of what it describes.
_NAME = "\ue000"
_GENERAL = (
    r"(?:the|this|these) (?:\w+ ){0,3}?(?:group|actors?|team|adversary|campaign|operation|cluster)"
)
_SUBJECT = rf"(?<![\w-])(?:(?:The )?{_NAME}|(?i:{_GENERAL})|It|They|it|they)(?![\w-])"
_OTHERS = re.compile(
    r"\b(?:malware|tools?|victims?|individuals?|people|compan(?:y|ies)|target\w*|against|officers"
    r"|organi[sz]ations|entities|institutions|sectors|governments|networks|users|banks)\b"
)
_ORGAN = (
    r"(?:government|state|military|intelligence|army|armed forces|ministry|security services?"
    r"|regime|authorities|special services?|leadership)"
)
_COPULA = (
    r"(?:,[^,.;]{0,80},|\s+\([^()]{0,120}\))?\s+(?:is|was|are|were|(?:has|have) been"
    r"|(?:is|was|are|were|has been|have been)?\s*(?:\w+ly\s+)?(?:identified|described|tracked"
    r"|assessed|characteri[sz]ed|named|known)(?:\s+(?:as|to be)))\s+"
)
_NAMED_AS = r"\b(?:assessed|identified|described|characteri[sz]ed)\s+(?:as|to be)\s+"
_ACTIVE = r"(?:identif|describ|track|assess|characteri[sz]|label)\w*\s+"
_ATTRIBUTED = r"\b(?:attributed|attributes|attribute|attributing)\b"
_BEHIND = (
    r"\b(?:(?:on|at) (?:the )?(?:behalf|behest|direction|orders?|request) of"
    r"|under the (?:direction|control|auspices|command) of|in the service of"
    r"|(?:sponsored|backed|directed|controlled|run|operated|financed|funded|tasked|employed) by"
    r"|(?:subordinate|report(?:s|ing)?) to|part of|unit of|arm of)\s+"
)
# Weaker words, which speak of the state only with an organ of it beside.
_LINKED = r"\b(?:linked|tied|associated|affiliated|connected|connections?|links?|ties|nexus) (?:to|with)\s+"
_ORIGIN = (
    r"\b(?:(?:operat\w+|work\w*|run|based|originat\w+|located|headquartered|come|comes|coming)"
    r"\s+(?:out\s+of|from|in|within|inside)\s+(?:the\s+)?)"
)
_UNIT = re.compile(r"'s?\s+((?:[A-Z][\w&.-]*|of|for|and|the|\([A-Z][\w.]{1,10}\)|\d{1,6}(?:th|st|nd|rd)?)"
                   r"(?:\s+(?:[A-Z][\w&.-]*|of|for|and|the|\([A-Z][\w.]{1,10}\)|\d{1,6}(?:th|st|nd|rd)?|[uU]nit))*)")  # fmt: skip


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of a description in the markup of ATT&CK or plain."""
    number = 0
    for line in text[:LONGEST].splitlines():
        start = 0
        for stop, marks in [*((m.start(1), m[1]) for m in _END.finditer(line)), (len(line), "")]:
            raw = line[start:stop].strip()
            start = stop + len(marks)
            if not any(char.isalpha() for char in raw):
                continue
            if len(raw) > LONGEST_SENTENCE:
                number += 1  # nobody's sentence, and slow to read
                continue
            number += 1
            yield Sentence(number, raw, _plain(raw), citations(raw + marks))


def _plain(raw: str) -> str:
    text = _TAG.sub("", _LINK.sub(r"\1", _CITATION.sub("", raw)))
    return " ".join(text.replace("’", "'").replace("–", "-").split())


def citations(text: str) -> tuple[str, ...]:
    """Return the names of the references that a text cites in ATT&CK's way, in order.

    >>> citations("Seen in 2014.(Citation: Report A)(Citation: Report (B))")
    ('Report A', 'Report (B)')
    """
    return tuple(dict.fromkeys(name.strip() for name in _CITATION.findall(text)))


def attributions(text: str, names: Iterable[str]) -> tuple[Attribution, ...]:
    """Return what a description says of the states behind what it describes, once each.

    ``names`` are what it is called. A sentence that denies a tie, or is about another,
    gives none; a hedge is kept with it.
    """
    called = sorted({n for n in names if len(n) > 1}, key=lambda n: (-len(n), n))
    own = (
        re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, called))})(?![\w-])")
        if called
        else None
    )
    found: dict[tuple[Tie, str], Attribution] = {}
    for sentence in sentences(text):
        if country_names.mention().search(sentence.plain):
            # One sign for all the names, so that the patterns are the same for everybody.
            text_of_it = own.sub(_NAME, sentence.plain) if own else sentence.plain
            for one in _of_sentence(sentence, text_of_it):
                known = found.get((one.tie, one.state.alpha3))
                if known is None or _weight(one) > _weight(known):
                    found[one.tie, one.state.alpha3] = one
    return tuple(found.values())


def _weight(one: Attribution) -> tuple[bool, bool]:
    """Return what makes one sentence say more than another: no hedge, then an organ named."""
    return not one.hedge, bool(one.unit)


def denials(text: str) -> int:
    """Return how many sentences speak of attribution to a state and deny it."""
    return sum(
        1
        for s in sentences(text)
        if re.search(_ATTRIBUTED, s.plain)
        and country_names.mention().search(s.plain)
        and _DENIAL.search(s.plain)
    )


def _of_sentence(sentence: Sentence, text: str) -> Iterator[Attribution]:
    for found in _predicates(text):
        start, stop, tie = found
        head = text[start:stop]
        before = text[max(0, start - 100) : start]
        for mention in country_names.mention().finditer(head):
            state = country_names.of_mention(mention)
            rest = head[mention.end() :]
            if state is None or rest.startswith(("-speaking", " speaking")):
                continue
            kind = _kind(tie, head, mention)
            if kind is None or _DENIAL.search(before + head[: mention.start()]):
                continue
            words = " ".join(rest.lstrip("-").split(maxsplit=1)[:1]) if tie is None else ""
            hedge = _hedge(before, head[: mention.start()], words)
            unit = _UNIT.match(rest)
            shown = _shown(text[:start], mention[0], rest, tie)
            yield Attribution(
                kind, state, hedge, shown, unit[1].strip(" .") if unit else "", sentence
            )
            if tie is not None:
                break  # one state a link; "attributed to A and B" is two, and rare


def _predicates(text: str) -> Iterator[tuple[int, int, Tie | None]]:
    """Yield the stretches of a sentence that say what its subject is, and what they tell.

    None stands for "what it is": the words in it decide.
    """
    yield from _noun_phrases(text)
    about = re.search(_SUBJECT, text)
    if about is None:
        return
    for link in re.finditer(_ATTRIBUTED, text):
        # "attributed NAME to STATE", or "NAME has been attributed to STATE".
        rest = text[link.end() :]
        active = re.match(
            rf"\s+(?:the\s+)?(?:[\w-]+\s+){{0,3}}?{_SUBJECT}[^,.;]{{0,60}}?\bto\s+(?:the\s+)?", rest
        )
        passive = re.match(
            r"(?:\s+\w+ly)?(?:\s+by [^,.;]{1,80}?)?\s+to\s+(?:the\s+)?(?:actors?\s+\w+\s+(?:for|with|in)\s+)?",
            rest,
        )
        if active:
            yield from _named_next(text, link.end() + active.end(), Tie.SENT)
        elif passive and _is_about(text[: link.start()]):
            yield from _named_next(text, link.end() + passive.end(), Tie.SENT)
    for link in re.finditer(_NAMED_AS, text):
        if _is_about(text[: link.start()]):
            end = _STOP.search(text, link.end())
            yield link.end(), end.start() if end else len(text), None
    for pattern, tie in ((_BEHIND, Tie.SENT), (_LINKED, Tie.SENT), (_ORIGIN, Tie.FROM)):
        for link in re.finditer(pattern, text):
            if pattern is _LINKED and not _with_organ(text, link.end()):
                continue
            if _is_about(text[: link.start()]):
                yield from _named_next(text, link.end(), tie)


def _noun_phrases(text: str) -> Iterator[tuple[int, int, Tie | None]]:
    for about in re.finditer(_SUBJECT, text):
        after = text[about.end() :]
        if re.search(_ACTIVE + r"$", text[: about.start()]):
            link = re.match(r"\s+(?:as|to be)\s+", after)
        else:
            link = re.match(_COPULA, after) if _opens(text, about.start()) else None
        if not link:
            continue
        start = about.end() + link.end()
        end = _STOP.search(text, start)
        stop = end.start() if end else len(text)
        if _HEAD.search(text[start:stop]):
            yield start, stop, None
        origin = re.match(
            r"[^,;.]*?\b(?:(?:suspected|believed|thought|likely|assessed|reported|said)"
            r"\s+to\s+(?:be|have)|with)\s+",
            text[start:],
        )
        if origin:
            begin = start + origin.end()
            yield from _named_next(text, begin, None)


def _opens(text: str, start: int) -> bool:
    """Whether a subject opens its sentence, or a part of it."""
    before = text[:start].rstrip()
    return not before or before[-1] in ",;:" or before.endswith((" that", " and"))


def _is_about(before: str) -> bool:
    """Whether what stands before a link has the group as its last subject, not as an object."""
    clause = re.split(r"[;:]\s", before)[-1]
    about = [m for m in re.finditer(_SUBJECT, clause) if _opens(clause, m.start())]
    if not about:
        return False
    # A relative clause about others ("malware that is run by ...") is not about the group.
    between = clause[about[-1].end() :]
    return not _OTHERS.search(between)


def _with_organ(text: str, start: int) -> bool:
    found = country_names.mention().search(text, start, start + 60)
    return bool(found and re.match(rf"'|\s+{_ORGAN}\b", text[found.end() :]))


def _named_next(text: str, start: int, tie: Tie | None) -> Iterator[tuple[int, int, Tie | None]]:
    """Yield the stretch from a link on, if a state is named right there."""
    words = r"(?:the\s+|an?\s+|governments?\s+of\s+|state\s+of\s+|suspected\s+|likely\s+)*"
    at = re.compile(words).match(text, start)
    begin = at.end() if at else start
    found = country_names.mention().match(text, begin)
    if found is None:
        return
    rest = text[found.end() :]
    of_state = rf"'|\s+{_ORGAN}\b|\s+[A-Z]|\s*[,.;]|\s*$|\s+\(|-"
    if tie is Tie.SENT and found["adjective"] and not re.match(of_state, rest):
        return  # "Iranian victims", "Russian criminals": not the state
    if tie is None and not re.match(r"-based|\s+origins?\b", rest):
        return
    yield start, found.end() + len(rest[:120]), tie


def _shown(before: str, state: str, rest: str, tie: Tie | None) -> str:
    """Return the few words that tie a group to a state."""
    if tie is None:
        joined = re.match(
            r"[- ]((?:state|government|nation)[- ]\w+|based|origins?|nexus|linked|\w+ed)\b", rest
        )
        return joined[1] if joined else state
    if attributed := re.search(_ATTRIBUTED, before):
        return attributed[0]
    return " ".join(before.split()[-2:])


def _kind(tie: Tie | None, head: str, mention: re.Match[str]) -> Tie | None:
    rest = head[mention.end() :]
    if tie is not None:
        return tie
    if rest.startswith("-based") or re.match(r"\s+origins?\b", rest):
        return Tie.FROM
    if mention["name"] and not re.match(
        r"['-]|(?: \([A-Z.]+\))? (?:state|government|nation)-", rest
    ):
        return None
    if _SPONSORED.search(rest) or re.match(
        r"'|[- ](?:nexus|linked|aligned|backed|sponsored|affiliated|directed)", rest
    ):
        return Tie.SENT
    return Tie.FROM if mention["adjective"] else None


def _hedge(before: str, inside: str, after: str) -> str:
    """Return the hedge word of a tie: one before the state's name, or a loose word for the tie."""
    clause = re.split(r"[;:]\s|,\s", before)[-1]
    found = [m for m in (*_HEDGE.finditer(clause), *_HEDGE.finditer(inside)) if m[1] != "May"]
    found = found or [*_LOOSE.finditer(clause), *_LOOSE.finditer(inside), *_LOOSE.finditer(after)]
    return found[-1][1].lower() if found else ""
