"""Coded events: each row of ICEWS, GDELT, POLECAT or a table of quadruples as a lead.

A program read a report and wrote down who did what to whom. That is a claim of the
data set with everything the row says, marked machine-coded; it never becomes an edge,
however credible somebody holds the set. Codes are text: "010" is not "10". Codes of
actors come with their scheme, names stay names.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from kg import dates
from kg.errors import UsageError
from kg.identity import SCHEMES
from kg.importing.events.event_tables import (
    LAYOUTS,
    MISSING,
    Dictionaries,
    Layout,
    dictionaries,
    events,
    layout_of,
)
from kg.importing.record import DataSet, Importer
from kg.importing.sink import Sink, node
from kg.vocab import ID, KG, SCHEMA, SKOS, XSD

#: The schemes that the actors of a table of quadruples may be coded in, and whose nodes they are.
_ACTOR_SCHEMES = {
    "name": "coded",
    "cameo": "coded",
    "iso3166-1-alpha3": "country",
    "iso3166-1-alpha2": "coded",
    "fips10-4": "coded",
    "cow-number": "cow",
    "gw-number": "gw",
}
_EVENT_SCHEMES = ("name", "cameo", "plover")
_BARE_CODE = re.compile(r"[A-Z]{2}|(?:[A-Z]{3}){1,4}|\d+")
_CAMEO = re.compile(r"(?:0[1-9]|1\d|20)\d{0,2}")
_NUMBER = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?")
_STEP = re.compile(r"(\d+(?:\.\d+)?)\s*(h|d|min|w)")
_STEP_HOURS = {"min": 1 / 60, "h": 1, "d": 24, "w": 168}
_URL = re.compile(r"https?://[^\s<>\"{}|^`\\]+")
_TRUE = Literal(True)
_ANY_URI = NamedNode(XSD + "anyURI")
#: A property and its value.
_Said = tuple[str, "str | Literal"]
_OPTIONS = {
    "layout": "how the table is laid out, where that is not plain: " + ", ".join(LAYOUTS),
    "actor-scheme": "quadruples: whose codes name the actors, " + ", ".join(_ACTOR_SCHEMES),
    "event-scheme": "quadruples: whose codes name the events, " + ", ".join(_EVENT_SCHEMES),
    "start": "quadruples: the day of time step 0, as 2014-01-01",
    "step": "quadruples: how long one time step is, as 24h, 15min or 1d",
    "encoding": "the encoding of the files, utf-8 unless given",
}
_SETS = {
    "icews": ("ICEWS coded events", "ICEWS", ""),
    "gdelt": ("GDELT coded events", "GDELT Project", "https://www.gdeltproject.org/"),
    "polecat": ("POLECAT coded events", "POLECAT", ""),
    "quadruples": ("Coded events", "coded events", ""),
}


def _dataset(paths: Sequence[Path]) -> DataSet:
    # Latin-1 reads any bytes: the encoding is an option, and not known here.
    _, tables = dictionaries(paths, "latin-1")
    layout = layout_of(tables[0], "latin-1").name if tables else "quadruples"
    title, publisher, url = _SETS[layout]
    name = "events" if layout == "quadruples" else layout
    return DataSet(
        name=name,
        title=title,
        publisher=f"{ID}actor/{name}-data",
        publisher_name=publisher,
        url=url,
    )


def _read(paths: Sequence[Path], sink: Sink, options: Mapping[str, str]) -> None:
    encoding = options.get("encoding", "utf-8")
    names, tables = dictionaries(paths, encoding)
    if not tables:
        raise UsageError(
            "no file with events among these", hint="name the table beside its dictionaries"
        )
    if sink.dataset.credibility != 6:
        sink.note("leads stay at credibility 6, whatever the set is given")
    for path in tables:
        layout = layout_of(path, encoding, options.get("layout", ""))
        reader = _Reader(layout, sink, _checked(options), names)
        for number, cells in events(path, layout, encoding, sink.skip):
            sink.read()
            reader.row(cells, f"{path.name} line {number}")


def _checked(options: Mapping[str, str]) -> Mapping[str, str]:
    for name, known in (("actor-scheme", [*_ACTOR_SCHEMES]), ("event-scheme", _EVENT_SCHEMES)):
        if options.get(name, known[0]) not in known:
            raise UsageError(
                f"{name}={options[name]} is not known", hint=f"one of {', '.join(known)}"
            )
    return options


class _Reader:
    """Turns rows of one layout into claims."""

    def __init__(
        self, layout: Layout, sink: Sink, options: Mapping[str, str], names: Dictionaries
    ) -> None:
        self._sink = sink
        self._layout = layout
        self._names = names
        at = {column: place for place, column in enumerate(layout.header)}
        self._at = [(role, at[c]) for role, c in layout.columns.items() if c in at]
        self._places = [at[column] for column in layout.places if column in at]
        self._quadruples = layout.name == "quadruples"
        self._actor_scheme = layout.actor_scheme or (
            options.get("actor-scheme", "") if self._quadruples else "name"
        )
        self._event_scheme = options.get("event-scheme", "")
        self._start, self._step = _clock(options)
        self._seen: dict[tuple[str, str, str], str] = {}
        self._known: set[tuple[str, ...]] = set()

    def row(self, cells: Sequence[str], where: str) -> None:
        """Keep one row as a claim, or say why not."""
        row = {r: text for r, at in self._at if (text := cells[at].strip()) not in MISSING}
        day = self._day(row.get("day", ""))
        if not day:
            reason = "a row whose date is none" if row.get("day", "") else "a row without a date"
            self._sink.skip(reason, where)
            return
        ends = []
        for side, word in (("source", "a source"), ("target", "a target")):
            value = row.get(side, "")
            if not value:
                self._sink.skip(f"a row without {word} actor", where)
                return
            if self._quadruples and not (value := self._named(value, where)):
                return
            ends.append(value)
        described = self._event(row, where)
        if described is None:
            return
        shown, extra = described
        key = row.get("key", "") or f"{ends[0]}|{row.get('relation')}|{ends[1]}|{day}"
        nodes, labels = [], []
        for side, value in zip(("source", "target"), ends, strict=True):
            iri, label = self._actor(value, day, key)
            if not iri:
                self._sink.skip(f"no {SCHEMES[self._actor_scheme].label} code for an actor", where)
                return
            nodes.append(iri)
            labels.append(label)
            if not self._quadruples:
                self._described(row, side, value, iri, day)
        self._about(row, cells, extra)
        story = row.get("story", "")
        sentence = row.get("sentence", "")
        self._sink.claim(
            key,
            nodes[0],
            KG + "codedEvent",
            nodes[1],
            f"Coded by machine from news: {_short(labels[0])} to {_short(labels[1])}, {shown}, {day}.",
            credibility=6,
            valid_from=day,
            valid_to=day,
            valid_precision="day",
            locator=", ".join(
                part
                for part in (
                    f"event {key}" if row.get("key", "") else "",
                    f"story {story}" if story else "",
                    f"sentence {sentence}" if sentence else "",
                )
                if part
            ),
            extra=extra,
        )

    # ------------------------------------------------------------ when

    def _day(self, text: str) -> str:
        if self._quadruples and text.isdecimal() and len(text) != 8:
            return self._stepped(int(text))
        return _date(text)

    def _stepped(self, number: int) -> str:
        if self._start is None:
            raise UsageError(
                f"time {number} is a step, and no day",
                hint="say what it counts: -o start=2014-01-01 -o step=24h",
            )
        try:
            return (self._start + number * self._step).date().isoformat()
        except OverflowError:
            return ""

    # ------------------------------------------------------------ who

    def _named(self, value: str, where: str) -> str:
        """Return the name or code that a cell of a quadruple stands for; empty when it is skipped."""
        if self._names.entities is not None:
            if value not in self._names.entities:
                self._sink.skip("a number that the dictionary of entities lacks", where)
                return ""
            value = self._names.entities[value]
        if self._actor_scheme:
            return value if self._actor_scheme != "name" else value.replace("_", " ")
        if _BARE_CODE.fullmatch(value):
            self._sink.skip(
                "a number for an actor, without its dictionary (entity2id.txt)"
                if value.isdecimal()
                else "a bare code for an actor: say whose, as -o actor-scheme=cameo, or =name",
                where,
            )
            return ""
        return value.replace("_", " ")

    def _actor(self, value: str, day: str, record: str) -> tuple[str, str]:
        """Return the node of an actor and what to call it; empty when the scheme has no such code."""
        scheme = self._actor_scheme or "name"
        if scheme == "name":
            return self._thing("name", value), value
        # Which part of a code's history it is depends on the day, if it changed hands.
        if scheme in ("cow-number", "gw-number"):
            held = self._sink.coded(
                f"{scheme}-{value}", _ACTOR_SCHEMES[scheme], scheme, value, first=day, last=day
            )
            return (held[0].entity if held else ""), f"{SCHEMES[scheme].label} {value}"
        return self._thing(scheme, value), value

    def _thing(self, scheme: str, value: str) -> str:
        """Return the node of a name or code, described once; empty when the scheme has no such code."""
        found = self._seen.get((scheme, value, ""))
        if found is not None:
            return found
        if scheme == "name":
            iri = node("coded", value)
            language = "" if self._quadruples else "en"
            self._sink.entity(iri, KG + "Actor", label=value, language=language)
        elif re.fullmatch(SCHEMES[scheme].pattern, value):
            # The scheme stands in the name: KOR is in several, KN two countries in two.
            own = _ACTOR_SCHEMES[scheme] == "coded"
            iri = node("coded", f"{scheme}-{value}") if own else node("country", value)
            label = f"{value} ({SCHEMES[scheme].label})" if own else ""
            self._sink.entity(iri, KG + "Actor", label=label)
            self._sink.identifier(f"{scheme}-{value}", iri, scheme, value)
        elif scheme == "cameo" and re.fullmatch(r"[A-Z]{13,30}", value):
            # Roles of roles; longer than a code of the scheme that can be looked up.
            iri = node("coded", f"{scheme}-{value}")
            self._sink.entity(iri, KG + "Actor", label=f"{value} (CAMEO actor code)")
        else:
            iri = ""
        self._seen[scheme, value, ""] = iri
        return iri

    def _described(self, row: dict[str, str], side: str, value: str, iri: str, day: str) -> None:
        """Keep what the row says of an actor itself, once for each thing it says."""
        name, country = row.get(f"{side}_name", ""), row.get(f"{side}_country", "")
        cow = row.get(f"{side}_cow", "")
        said = (value, name, country, cow)
        if said in self._known:
            return
        self._known.add(said)
        if name:
            self._sink.entity(iri, hidden=[(name, "")])
        if country and country != value and (home := self._thing(self._actor_scheme, country)):
            self._sink.claim(
                f"actor {value}",
                iri,
                KG + "codedCountry",
                home,
                f"{_short(value)} is filed under {_short(country)}.",
                credibility=6,
                locator="the country column of its rows",
                extra=[(KG + "machineCoded", _TRUE)],
            )
        if country and cow.isdecimal():
            state = self._thing("name", country)
            for held in self._sink.coded(
                f"country {country}", "cow", "cow-number", cow, first=day, last=day
            ):
                self._sink.claim(
                    f"country {country}",
                    state,
                    KG + "codedCountry",
                    held.entity,
                    f"{_short(country)} is coded as Correlates of War number {cow}.",
                    credibility=6,
                    locator="the COW column of its rows",
                    extra=[(KG + "machineCoded", _TRUE)],
                )

    # ------------------------------------------------------------ what

    def _event(self, row: dict[str, str], where: str) -> tuple[str, list[_Said]] | None:
        """Return what to call the event and what is said of its type; None when it is skipped."""
        extra: list[_Said] = [(KG + "machineCoded", _TRUE)]
        code, name, plover = (
            row.get("code", ""),
            row.get("event_name", ""),
            row.get("plover_type", ""),
        )
        if self._quadruples:
            relation = row.get("relation", "")
            if self._names.relations is not None:
                if relation not in self._names.relations:
                    self._sink.skip("a number that the dictionary of relations lacks", where)
                    return None
                relation = row["relation"] = self._names.relations[relation]
            if self._event_scheme == "cameo":
                code = relation
            elif self._event_scheme == "plover":
                plover = relation
            elif relation.isdecimal() and self._event_scheme != "name":
                self._sink.skip(
                    "a number for an event: say whose, as -o event-scheme=cameo, or give relation2id.txt",
                    where,
                )
                return None
            else:
                name = relation.replace("_", " ")
        if not (code or name or plover):
            self._sink.skip("a row without an event type", where)
            return None
        if code:
            if not _CAMEO.fullmatch(code):
                self._sink.skip(
                    "an event code that CAMEO has not (a spreadsheet may have taken its zero)",
                    where,
                )
                return None
            self._type(code, name)
            extra += [(KG + "cameoCode", _text(code)), (KG + "eventType", node("cameo", code))]
        elif name:  # with a code, the node of the type has the name
            extra.append((KG + "eventName", _text(name)))
        mode = row.get("plover_mode", "")
        if plover:
            extra.append((KG + "ploverType", _text(plover)))
        if mode:
            extra.append((KG + "ploverMode", _text(mode)))
        if contexts := row.get("plover_contexts", ""):
            each = filter(None, re.split(r"[;,|]\s*", contexts))
            extra += [(KG + "ploverContext", _text(context)) for context in each]
        shown = name or (f"{plover} {mode}".strip() if plover else "an event")
        return (f"{_short(shown, 6)} (CAMEO {code})" if code else _short(shown, 6)), extra

    def _type(self, code: str, name: str) -> None:
        if ("type", code, name) not in self._known:
            self._known.add(("type", code, name))
            self._sink.entity(
                node("cameo", code),
                SKOS + "Concept",
                aliases=[(name, "en")] if name else (),
                extra=[(SKOS + "notation", Literal(code))],
            )

    def _about(self, row: dict[str, str], cells: Sequence[str], extra: list[_Said]) -> None:
        """Add what the row says beside who did what to whom."""
        for role, term, kind in (
            ("goldstein", "goldsteinValue", "decimal"),
            ("intensity", "eventIntensity", "decimal"),
            ("mentions", "mentionCount", "integer"),
            ("sources", "reportingSourceCount", "integer"),
        ):
            if value := row.get(role, ""):
                if _NUMBER.fullmatch(value) and (kind == "decimal" or value.isdecimal()):
                    extra.append((KG + term, _typed(value, kind)))
                else:
                    self._sink.note(f"a {role} value that is no number is left out")
        for role, term in (
            ("quad", "quadClass"),
            ("story", "storyKey"),
            ("publisher", "storyPublisher"),
        ):
            if value := row.get(role, ""):
                extra.append((KG + term, _text(value)))
        if (url := row.get("url", "")) and _URL.fullmatch(url):
            extra.append((SCHEMA + "url", Literal(url, datatype=_ANY_URI)))
        place = [c for at in self._places if (c := cells[at].strip()) not in MISSING]
        if place:
            extra.append((KG + "eventPlace", _text(", ".join(dict.fromkeys(place)))))
        if country := row.get("country", ""):
            iri = self._thing(self._layout.place_scheme or "name", country)
            if iri:
                extra.append((KG + "eventCountry", iri))


def _clock(options: Mapping[str, str]) -> tuple[datetime.datetime | None, datetime.timedelta]:
    step = datetime.timedelta(days=1)
    if "step" in options:
        found = _STEP.fullmatch(options["step"].strip())
        if not found or "start" not in options:
            raise UsageError(
                f"-o step={options['step']} tells nothing"
                + ("" if found else ": no length of time"),
                hint="-o start=2014-01-01 -o step=24h",
            )
        step = datetime.timedelta(hours=float(found[1]) * _STEP_HOURS[found[2]])
    if "start" not in options:
        return None, step
    start = dates.day(options["start"].strip())
    if start is None:
        raise UsageError(f"-o start={options['start']} is no day", hint="-o start=2014-01-01")
    return datetime.datetime.combine(start, datetime.time()), step


@lru_cache(maxsize=50_000)
def _date(text: str) -> str:
    """Return a day as ISO 8601 from 20140513, 2014-05-13 or a time of that day; else empty."""
    if re.fullmatch(r"\d{8}", text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:]}"
    found = dates.day(text[:10]) if re.fullmatch(r"\d{4}-\d\d-\d\d(?:[T ].*)?", text) else None
    return found.isoformat() if found else ""


@lru_cache(maxsize=50_000)
def _text(text: str) -> Literal:
    return Literal(text.encode("utf-8", "replace").decode())


@lru_cache(maxsize=50_000)
def _typed(text: str, kind: str) -> Literal:
    return Literal(text, datatype=NamedNode(XSD + kind))


def _short(text: str, words: int = 7) -> str:
    """Return a name of so many words at most, for a statement of 25."""
    parts = text.split()
    return " ".join(parts if len(parts) <= words else [*parts[: words - 1], "…"])


IMPORTERS = {
    "events": Importer(
        name="events",
        description="coded events as leads: ICEWS, GDELT, POLECAT, quadruples",
        reads="tab-separated ICEWS and POLECAT files, GDELT 1.0 and 2.0 exports, quadruples"
        " with or without entity2id.txt and relation2id.txt",
        loses="sectors and roles beside the actor's code, tone, coordinates, the places of the"
        " actors, people and organizations of the story; cells of quadruples after the fourth",
        dataset=_dataset,
        read=_read,
        options=_OPTIONS,
        example="events.2014.tab --dry-run",
    )
}
