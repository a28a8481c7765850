"""The parameters of operations: what each takes, and how text becomes a checked value.

The same table is read for /api (text from the address), for the tools of agents (JSON)
and for the documents that describe both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kg import dates
from kg.saved import SavedQuery
from kg.web.problems import HttpError

#: ``name`` is whatever stands for a thing: a CURIE, a label, an alias, a code. A ``date`` may be
#: a year or a month, a ``day`` may not.
Type = Literal["name", "string", "integer", "boolean", "date", "day", "choice"]

#: Longer text is no parameter.
MAX_TEXT = 2_000
#: So many rows a page has unless asked, and at most.
PAGE, MAX_PAGE = 50, 500


@dataclass(frozen=True, slots=True)
class Param:
    """One parameter of an operation. ``in_path`` ones stand in the address itself."""

    name: str
    type: Type
    about: str
    required: bool = False
    default: str | int | bool | None = None
    choices: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    many: bool = False
    in_path: bool = False
    example: str = ""

    def schema(self) -> dict[str, Any]:
        """Return what its values are, as JSON Schema."""
        found: dict[str, Any] = {"type": "string"}
        match self.type:
            case "integer":
                found = {"type": "integer"}
                if self.most:
                    found |= {"minimum": self.least, "maximum": self.most}
            case "boolean":
                found = {"type": "boolean"}
            case "choice":
                found["enum"] = list(self.choices)
            case "day":
                found["format"] = "date"
            case _:
                found["maxLength"] = MAX_TEXT
                if self.required:
                    found["minLength"] = 1
        if self.default is not None:
            found["default"] = self.default
        if self.many:
            return {"type": "array", "items": found, "maxItems": 20}
        return found


LIMIT = Param("limit", "integer", "At most so many items", default=PAGE, least=1, most=MAX_PAGE)
CURSOR = Param("cursor", "string", "Where to go on: next of the page before")
PAGING = (LIMIT, CURSOR)


def of_query(query: SavedQuery) -> tuple[Param, ...]:
    """Return the parameters of a saved query, as its header declares them."""
    kinds: dict[str, Type] = {"iri": "name", "date": "day", "integer": "integer"}
    return tuple(
        Param(
            param.name,
            kinds.get(param.type, "string"),
            param.help,
            required=param.default is None and not param.optional,
            default=_typed(param.type, param.default),
            example=param.example or "",
        )
        for param in query.params
    )


def _typed(type_: str, default: str | None) -> str | int | None:
    whole = type_ == "integer" and default is not None and re.fullmatch(r"-?\d{1,18}", default)
    return int(default) if whole and default is not None else default


def wrong(name: str, what: str, hint: str, **more: Any) -> HttpError:
    """Return the error of a parameter, which it names."""
    return HttpError(400, f"{name}: {what}", hint=hint, parameter=name, **more)


def from_pairs(
    known: Sequence[Param], pairs: Sequence[tuple[str, str]], in_path: Mapping[str, str]
) -> dict[str, Any]:
    """Return checked values of text from an address; HttpError (400) names what is wrong."""
    given: dict[str, list[str]] = {name: [value] for name, value in in_path.items()}
    for name, value in pairs:
        if name in in_path:
            raise wrong(name, "it stands in the path already", "leave it out")
        given.setdefault(name, []).append(value)
    return _checked(known, given)


def from_json(known: Sequence[Param], given: object) -> dict[str, Any]:
    """Return checked values of a JSON object; HttpError (400) names what is wrong."""
    if not isinstance(given, dict):
        raise HttpError(400, "the arguments are no object", hint='{"name": "value"}')
    found: dict[str, list[str]] = {}
    for name, value in given.items():
        if value is None:
            continue
        several = value if isinstance(value, list) else [value]
        # (5.0 is a whole number in JSON.)
        several = [int(n) if isinstance(n, float) and n.is_integer() else n for n in several]
        if not all(isinstance(one, str | int | bool) for one in several):
            raise wrong(str(name)[:50], "it is neither text, number nor yes or no", "see schema")
        found[str(name)] = [
            str(one).lower() if isinstance(one, bool) else str(one) for one in several
        ]
    return _checked(known, found)


def _checked(known: Sequence[Param], given: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    by_name = {param.name: param for param in known}
    for name in given:
        if name not in by_name:
            there = ", ".join(by_name) or "none"
            raise wrong(name[:50], "there is no such parameter here", f"there are: {there}")
    found: dict[str, Any] = {}
    for param in known:
        values = given.get(param.name, ())
        if len(values) > (20 if param.many else 1):
            raise wrong(param.name, f"it is given {len(values)} times", "give it once")
        read = [_value(param, value) for value in values]
        if not read and param.required:
            hint = f"{param.about}{f', such as {param.example}' if param.example else ''}"
            raise wrong(param.name, "it is needed", hint)
        if param.many:
            found[param.name] = read
        else:
            found[param.name] = read[0] if read else param.default
    return found


def _value(param: Param, text: str) -> str | int | bool:
    name = param.name
    if len(text) > MAX_TEXT:
        raise wrong(name, f"it has {len(text):,} characters", f"at most {MAX_TEXT:,}")
    if any(ord(char) < 32 or 0xD800 <= ord(char) < 0xE000 for char in text):
        raise wrong(name, "it has a control character", "send plain text")
    if not text.strip() and param.type != "string":
        raise wrong(name, "it is empty", param.about)
    if not text and param.required:
        raise wrong(name, "it is empty", param.about)
    match param.type:
        case "integer":
            return _integer(param, text)
        case "boolean":
            if text not in ("true", "false"):
                raise wrong(name, f"{text[:50]!r} is neither", "true or false")
            return text == "true"
        case "choice":
            if text not in param.choices:
                raise wrong(name, f"{text[:50]!r} is not among them", ", ".join(param.choices))
        case "date" | "day":
            whole = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text)
            if dates.period(text) is None or (param.type == "day" and not whole):
                hint = "2024-11-10" if param.type == "day" else "2024, 2024-11 or 2024-11-10"
                raise wrong(name, f"{text[:50]!r} is no date", hint)
    return text


def _integer(param: Param, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,18}", text):
        raise wrong(param.name, f"{text[:50]!r} is no whole number", "write 50")
    value = int(text)
    if param.most and not param.least <= value <= param.most:
        raise wrong(param.name, f"{value} is out of bounds", f"{param.least} to {param.most}")
    return value
