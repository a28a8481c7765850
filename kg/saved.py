"""Saved queries: ``.rq`` files whose ``#+`` header says what they answer and want.

The header is YAML in comments (grlc's convention), so that the file stays a query
that any SPARQL tool can run.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from kg import files
from kg.errors import KgError, MissingError, RefusedError, UnreadableError, UsageError
from kg.vocab import expand


class Param(NamedTuple):
    """A parameter of a saved query.

    Without a default it is required, unless it is ``optional``: the variable then
    stays free when no value is given. ``example`` is a value to try on the shipped
    data: the tests run it and the documents show it.
    """

    name: str
    type: str
    help: str = ""
    default: str | None = None
    optional: bool = False
    example: str | None = None


_TYPES = ("iri", "date", "string", "integer")
_PARAM_KEYS = ("type", "help", "default", "optional", "example")
_HEADER_KEYS = ("summary", "description", "tags", "params")
#: grlc's own: a file made for it runs here too, and nothing of ours depends on them.
_GRLC_KEYS = ("endpoint", "method", "pagination")


class SavedQuery(NamedTuple):
    """A query with its header: what it answers and what it wants to be given."""

    name: str
    text: str
    path: Path | None = None
    summary: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    params: tuple[Param, ...] = ()
    default_view: str = "Table"

    @property
    def examples(self) -> dict[str, str]:
        """The example values, by parameter."""
        return {p.name: p.example for p in self.params if p.example is not None}

    @property
    def command(self) -> str:
        """The command line that runs the query with its example values."""
        import shlex

        given = (f" -p {name}={shlex.quote(text)}" for name, text in self.examples.items())
        return f"kg query {self.name}{''.join(given)}"

    def as_dict(self) -> dict[str, Any]:
        """Return the query as plain values."""
        return {
            "name": self.name,
            "summary": self.summary,
            "description": self.description,
            "tags": list(self.tags),
            "params": [p._asdict() for p in self.params],
            "view": self.default_view,
            "sparql": self.text,
        }


def parse_query(text: str, *, name: str, path: Path | None) -> SavedQuery:
    """Return the query that some text holds, its ``#+`` header read.

    Raises UnreadableError, with file and line, for a header that is not YAML, has a
    key that means nothing or does not say what a header says. Text without a header
    is a query too.
    """
    lines = text.splitlines()
    header = [line[2:] for line in lines if line.startswith("#+")]
    view = next(
        (ln.partition(":")[2].strip() for ln in lines if ln.startswith("#defaultView:")), ""
    )
    if not header:
        return SavedQuery(name, text, path, default_view=view or "Table")
    source = "\n".join(line.removeprefix(" ") for line in header)
    first = next(n for n, line in enumerate(lines, 1) if line.startswith("#+"))
    found = _remembered(source, lambda: _read_header(source, path or name, first))
    return SavedQuery(
        name,
        text,
        path,
        found["summary"],
        found["description"],
        tuple(found["tags"]),
        tuple(Param(**param) for param in found["params"]),
        view or "Table",
    )


def _remembered(source: str, read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``read`` returns for this text, from a file of an earlier run if there is one.

    Importing a YAML library costs as much as all the rest of a small query. The
    file's name is the hash of the text, as for compiled stores, and of the keys that
    are read: another version of this program reads other things from a header.
    """
    import hashlib
    import json

    keyed = " ".join((*_HEADER_KEYS, *_GRLC_KEYS, *_PARAM_KEYS, source)).encode(
        "utf-8", "surrogatepass"
    )
    place = files.cache_dir() / "headers" / hashlib.sha256(keyed).hexdigest()[:32]
    with suppress(OSError, ValueError, TypeError):
        found = json.loads(place.read_bytes())
        if found.keys() == {"summary", "description", "tags", "params"}:
            return dict(found)
    found = read()
    with suppress(OSError, KgError):
        place.parent.mkdir(parents=True, exist_ok=True)
        files.write_bytes(place, json.dumps(found).encode())
    return found


def _read_header(source: str, path: Path | str, first: int) -> dict[str, Any]:
    import yaml

    def broken(what: str, line: int = 0, hint: str = "") -> UnreadableError:
        return UnreadableError(
            f"unreadable header: {what}",
            path=path,
            line=first + line,
            hint=hint or f"a header has {', '.join(_HEADER_KEYS)}",
        )

    def entries(node: yaml.Node | None) -> list[tuple[yaml.Node, yaml.Node]]:
        return node.value if isinstance(node, yaml.MappingNode) else []

    def refuse_others(node: yaml.Node | None, known: tuple[str, ...], hint: str = "") -> None:
        for key, _ in entries(node):
            if key.value not in known:
                raise broken(f"{key.value!r} means nothing here", key.start_mark.line, hint)

    try:
        found = yaml.safe_load(source)
        tree = yaml.compose(source, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise broken(str(error.problem), line) from error
    except yaml.YAMLError as error:
        raise broken(str(error)) from error
    if not isinstance(found, dict) or not isinstance(found.get("summary"), str):
        raise broken("it has no summary")
    refuse_others(tree, (*_HEADER_KEYS, *_GRLC_KEYS))
    wanted = found.get("params") or {}
    if not isinstance(wanted, dict):
        raise broken("params is not a mapping")
    hint = f"a parameter has {', '.join(_PARAM_KEYS)}; text with a comma goes in quotes"
    for node in (below for key, below in entries(tree) if key.value == "params"):
        for _, param in entries(node):
            refuse_others(param, _PARAM_KEYS, hint)
    params = []
    for key, value in wanted.items():
        if not isinstance(key, str):  # YAML reads on, off, yes and no as booleans
            raise broken(f"{key!r} is no name of a parameter; YAML may read it as a value")
        if not isinstance(value, dict) or value.get("type") not in _TYPES:
            raise broken(f"parameter {key} needs a type: {', '.join(_TYPES)}")
        default, example = value.get("default"), value.get("example")
        params.append(
            {
                "name": key,
                "type": value["type"],
                "help": str(value.get("help", "")),
                "default": None if default is None else str(default),
                "optional": value.get("optional") is True,
                "example": None if example is None else str(example),
            }
        )
    return {
        "summary": found["summary"],
        "description": str(found.get("description") or "").strip(),
        "tags": [str(tag) for tag in found.get("tags") or ()],
        "params": params,
    }


def find(what: str, *folders: Path) -> SavedQuery:
    """Return the query that ``what`` is: SPARQL text, a file, or the name of a saved query.

    Raises MissingError for a file or a name that does not exist and what
    ``parse_query`` raises.
    """
    # A file may stand in a folder with spaces in its name; no query ends as a file does.
    file = what.endswith((".rq", ".sparql")) and "\n" not in what
    if not file and any(char in what for char in "{} \n"):
        return parse_query(what, name="query", path=None)
    if file or "/" in what:
        path = Path(what)
        return parse_query(files.read_bytes(path).decode("utf-8"), name=path.stem, path=path)
    return load_query(what, *folders)


def load_query(name: str, *folders: Path) -> SavedQuery:
    """Return the saved query of that name, reading no other file.

    Raises MissingError, with close names, when there is none.
    """
    for folder in folders:
        path = folder / f"{name}.rq"
        if re.fullmatch(r"[\w-]+", name) and path.is_file():
            return parse_query(files.read_bytes(path).decode("utf-8"), name=name, path=path)
    known = sorted(path.stem for folder in folders for path in folder.glob("*.rq"))
    import difflib

    near = difflib.get_close_matches(name, known, n=3)
    raise MissingError(
        f"no saved query is called {name!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "kg queries lists them",
    )


def load_queries(*folders: Path) -> dict[str, SavedQuery]:
    """Return every saved query of some folders by name; a later folder wins."""
    found = {}
    for folder in folders:
        for path in sorted(folder.glob("*.rq")):
            text = files.read_bytes(path).decode("utf-8")
            found[path.stem] = parse_query(text, name=path.stem, path=path)
    return dict(sorted(found.items()))


def save(
    query: SavedQuery, folder: Path, name: str, *, summary: str | None, given: Mapping[str, str]
) -> Path:
    """Write a query with a header into a folder of saved queries and return its path.

    A header it has is kept; else one is written with the parameters ``given`` as
    examples. Raises UsageError for a name that cannot be a file's, RefusedError when
    the name is taken, MissingError when the folder cannot be written.
    """
    if not re.fullmatch(r"[A-Za-z0-9][\w-]*", name):
        raise UsageError(f"{name!r} cannot be a query's name", hint="letters, digits, - and _")
    path = folder / f"{name}.rq"
    if path.exists():
        raise RefusedError("exists already", path=path, hint="choose another name")
    text = query.text.strip() + "\n"
    if not query.summary:
        import yaml

        header: dict[str, Any] = {"summary": summary or f"Saved query {name}"}
        if given:
            header["params"] = {
                key: {"type": _type_of(value), "example": value} for key, value in given.items()
            }
        lines = yaml.safe_dump(header, sort_keys=False, allow_unicode=True).splitlines()
        text = "".join(f"#+ {line}\n" for line in lines) + text
    files.write_bytes(path, text.encode("utf-8"))
    return path


def _type_of(value: str) -> str:
    if expand(value):
        return "iri"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return "date"
    return "integer" if re.fullmatch(r"[+-]?\d+", value) else "string"
