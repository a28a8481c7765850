"""What goes in and out: the list of formats, and all about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from kg.cli.common import as_json, columns, put, put_json, say
from kg.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg.formats import Format
    from kg.importing import Importer

Described = dict[str, Any]


@click.command()
@click.argument("form", metavar="FORMAT", required=False)
@as_json
def formats(form: str | None, as_json: bool) -> None:
    """List the formats: what each reads and writes, and what it cannot carry.

    With FORMAT, all about that one: its options, and an example.

    \b
    kg formats
    kg formats ofac
    kg formats --json
    """
    if form is None:
        show_all(as_json=as_json)
        return
    one = _named(form)
    if as_json:
        put_json(one)
        return
    put("\n".join(_about(one)))


def show_all(*, as_json: bool) -> None:
    """Print every format, and say which of other packages could not be loaded."""
    found = _all()
    if as_json:
        put_json(list(found.values()))
        return
    put(columns(row for one in found.values() for row in _rows(one)))


def _all() -> Mapping[str, Described]:
    """Return what is known of each format by name: those written, then those only read."""
    from kg import formats, importing

    importers = importing.importers()
    found = {name: _described(name, importers, form) for name, form in formats.known(say).items()}
    found |= {name: _described(name, importers) for name in importers if name not in found}
    for name, why in importing.broken().items():
        say(f"importer {name} of another package is left out: {why}")
    return found


def _named(name: str) -> Described:
    from kg import importing

    found = _all()
    if name in found:
        return found[name]
    if name in importing.broken():
        importing.importer(name)  # raises, and says why
    import difflib

    near = difflib.get_close_matches(name, found, n=1)
    raise UsageError(
        f"unknown format: {name}",
        hint=f"did you mean {near[0]}?" if near else "kg formats lists them",
    )


def _described(
    name: str, importers: Mapping[str, Importer], form: Format | None = None
) -> Described:
    """Return a format as JSON has it; one that is only read has no suffix."""
    by = form.reads if form else name
    importer = importers.get(by) or importers.get(name)
    described: Described = {
        "name": name,
        "suffix": form.suffix if form else "",
        "media_type": form.media_type if form else "",
        "description": form.description if form else importer.description if importer else "",
        "writes": form is not None,
        "reads": importer is not None,
        "importer": importer.name if importer else "",
        "loses": form.losses if form else importer.loses if importer else "",
    }
    if form:
        options = {option: list(values) for option, values in form.options.items()}
        described["writing"] = {"options": options, "example": f"kg export {name}{_target(form)}"}
    if importer:
        described["reading"] = {
            "takes": importer.reads,
            "loses": importer.loses,
            "options": dict(importer.options),
            "example": f"kg import {importer.name} {importer.example}",
        }
    return described


def _target(form: Format) -> str:
    return f" --to graph{form.suffix}" if form.suffix else " --to FOLDER"


def _rows(one: Described) -> Iterator[tuple[str, str, str, str]]:
    """Yield the lines of a format in the list: how it is written, how it is read, the options."""
    own = one["importer"] == one["name"]  # else the importer has lines of its own
    name, suffix = one["name"], one["suffix"]
    if one["writes"]:
        ways = " and ".join(way for way in ("reads", "writes") if one[way])
        yield name, suffix or "several files", ways, one["loses"] or "loses nothing"
        name = ""
    if own:
        reading = one["reading"]
        yield name, "", "reads", f"{reading['takes']}; loses {reading['loses'] or 'nothing'}"
        for option, what in reading["options"].items():
            yield "", "", f"-o {option}", what


def _about(one: Described) -> Iterator[str]:
    """Yield the lines about one format."""
    yield f"{one['name']}: {one['description']}"
    if one["writes"]:
        writing = one["writing"]
        kind = f"{one['suffix'] or 'several files'} ({one['media_type']})"
        rows = [("writes", kind), ("loses", one["loses"] or "nothing")]
        rows += [(f"--{name}", " or ".join(v)) for name, v in writing["options"].items()]
        yield from ("", columns([*rows, ("example", writing["example"])], indent="  "))
    if one["reads"]:
        reading = one["reading"]
        rows = [("reads", reading["takes"]), ("loses", reading["loses"] or "nothing")]
        rows += [(f"-o {name}=...", what) for name, what in reading["options"].items()]
        yield from ("", columns([*rows, ("example", reading["example"])], indent="  "))
