"""Content negotiation (RFC 9110, section 12): which of several forms a client wants."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple


class Offer(NamedTuple):
    """A form that something can be had in: its name, its media types, best first, other names."""

    name: str
    media_types: tuple[str, ...]
    aliases: tuple[str, ...] = ()

    @property
    def media_type(self) -> str:
        """The media type to answer with."""
        return self.media_types[0]


class Range(NamedTuple):
    """One part of an Accept field."""

    media_type: str
    quality: float


def accepted(field: str) -> list[Range]:
    """Return the media ranges of an Accept field; what is none is passed over."""
    found = []
    for part in field.split(",")[:100]:
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        if media_type == "*":
            media_type = "*/*"
        if media_type.count("/") != 1:
            continue
        quality = 1.0
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip() == "q":
                quality = _quality(value.strip())
        found.append(Range(media_type, quality))
    return found


def _quality(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return min(max(value, 0.0), 1.0) if value == value else 0.0


def _weight(media_type: str, ranges: Sequence[Range]) -> float:
    """Return what the most specific range says of a media type; 0 when none includes it."""
    kind = media_type.partition("/")[0]
    for wanted in (media_type, f"{kind}/*", "*/*"):
        found = [one.quality for one in ranges if one.media_type == wanted]
        if found:
            return max(found)
    return 0.0


def preferred(field: str, offers: Sequence[Offer]) -> Offer | None:
    """Return the offer that a client likes best, the first of those it likes alike.

    None when it accepts none of them. The offer answers with the media type that was
    asked for. An empty field accepts everything.
    """
    ranges = accepted(field)
    if not ranges:
        return offers[0]
    best, weight = None, 0.0
    for offer in offers:
        for media_type in offer.media_types:
            found = _weight(media_type, ranges)
            if found > weight:
                others = tuple(other for other in offer.media_types if other != media_type)
                best, weight = offer._replace(media_types=(media_type, *others)), found
    return best


@lru_cache(maxsize=256)
def choose(field: str, override: str | None, offers: tuple[Offer, ...]) -> Offer:
    """Return the form to answer in: what ``?format=`` names, else what Accept prefers.

    ``override`` is a short name or a media type. Raises HttpError: 406 with a list of
    what there is.
    """
    if override:
        wanted = override.strip().lower()
        for offer in offers:
            if wanted in (offer.name, *offer.media_types, *offer.aliases):
                return offer
        raise _none(f"there is no form {override[:100]!r} of this", offers)
    found = preferred(field, offers)
    if found is None:
        raise _none("there is no form of this that the Accept field allows", offers)
    return found


def _none(message: str, offers: Sequence[Offer]) -> Exception:
    from kg.web.problems import HttpError

    return HttpError(
        406,
        message,
        hint="one of " + ", ".join(offer.name for offer in offers) + ", as ?format= or by Accept",
        available=[{"format": o.name, "media_type": o.media_type} for o in offers],
    )


def accepts_gzip(field: str) -> bool:
    """Return whether an Accept-Encoding field allows gzip."""
    any_other = 0.0
    for part in field.split(",")[:20]:
        coding, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                quality = _quality(parameter[2:])
        if coding in ("gzip", "x-gzip"):
            return quality > 0
        if coding == "*":
            any_other = quality
    return any_other > 0
