"""An entry of the UK sanctions list, whatever file it was read from."""

from __future__ import annotations

from dataclasses import dataclass, field

#: Our class for what the list and its readers call a kind of party.
CLASSES = {
    "person": "Person",
    "individual": "Person",
    "organization": "Organization",
    "organisation": "Organization",
    "entity": "Organization",
    "vessel": "Vessel",
    "ship": "Vessel",
    "aircraft": "Aircraft",
}


@dataclass(slots=True)
class Name:
    """One name of an entry: as it stands, what sort it is, and how good the list says it is."""

    text: str
    given: str = ""
    sort: str = ""
    quality: str = ""
    primary: bool = False
    language: str = ""


@dataclass(slots=True)
class Entry:
    """One entry of the list, whatever file it was read from."""

    key: str
    stated: str = ""
    specific: str = ""
    names: list[Name] = field(default_factory=list)
    regime: str = ""
    source: str = ""
    listed: str = ""
    ended: str = ""
    updated: str = ""
    status: str = ""
    effects: list[str] = field(default_factory=list)
    reason: str = ""
    un_number: str = ""
    addresses: list[tuple[list[str], str]] = field(default_factory=list)
    births: list[tuple[str, bool]] = field(default_factory=list)
    countries: list[tuple[str, str, str]] = field(default_factory=list)
    papers: list[tuple[str, str, str]] = field(default_factory=list)
    texts: list[tuple[str, str, str]] = field(default_factory=list)
    ties: list[tuple[str, str]] = field(default_factory=list)
    derived_from: str = ""

    @property
    def kind(self) -> str:
        """The class of the party: the more specific statement counts."""
        for stated in (self.specific, self.stated):
            if found := CLASSES.get(stated.lower().removesuffix("entity") or stated.lower()):
                return found
        return "Actor"
