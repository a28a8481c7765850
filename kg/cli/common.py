"""What the commands share: the opened data, and how results leave the program."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import click

from kg.errors import MissingError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from kg.store import Store
    from kg.workspace import Workspace


class Session:
    """The data a command works on, opened when it is first needed.

    That is the server named, else the files named, else the workspace named or the
    one this folder is in, else the shipped graph.
    """

    def __init__(
        self,
        data: tuple[str, ...],
        ontology: str | None,
        workspace: str | None = None,
        endpoint: str | None = None,
    ) -> None:
        self.data = data
        self.ontology = ontology
        self._workspace = workspace
        #: The address of a SPARQL server, when the data is there and not in files.
        self.endpoint = endpoint
        self._store: Store | None = None

    @cached_property
    def workspace(self) -> Workspace | None:
        """The workspace, if there is one; MissingError when the one named is none."""
        from pathlib import Path

        from kg import files

        if self._workspace is None:
            folder = None if self.data else files.workspace_folder()
            if folder is None:
                return None
        else:
            folder = Path(self._workspace)
            if not (folder / files.WORKSPACE).is_file():
                raise MissingError("is not a workspace", path=folder, hint=f"kg init {folder}")
        from kg.workspace import Workspace

        return Workspace(folder)

    @property
    def paths(self) -> tuple[Path | str, ...]:
        """The files of data, none for the shipped ones."""
        if self.workspace is not None:
            return tuple(self.workspace.graphs().values())
        return self.data

    @property
    def query_folders(self) -> tuple[Path, ...]:
        """Where saved queries are: the workspace's own before the shipped ones."""
        from kg import files

        own = (self.workspace.queries,) if self.workspace else ()
        return (*own, files.queries_dir())

    @property
    def store(self) -> Store:
        """The opened store."""
        if self._store is None:
            self._store = self._open()
        return self._store

    def _open(self) -> Store:
        from kg.store import Store

        if self.endpoint:
            if self.data or self._workspace:
                raise UsageError(
                    "--endpoint and --data or --workspace name two places to read from",
                    hint="leave one of them out (KG_DATA, KG_WORKSPACE and KG_ENDPOINT count, too)",
                )
            return Store.remote(self.endpoint, ontology=self.ontology)
        if self.workspace is not None:
            from pathlib import Path

            ontology = Path(self.ontology) if self.ontology else None
            return self.workspace.open(ontology=ontology)
        return Store.open(*self.data, ontology=self.ontology)

    def resolve(self, name: str) -> str:
        """Return the IRI a name stands for; errors as for ``kg.names.resolve``."""
        from kg.names import resolve

        return resolve(self.store, name)

    def label(self, iri: str) -> str:
        """Return what a node is called."""
        return self.store.label(iri)


class _FilePath(click.ParamType):  # type: ignore[type-arg]  # generic since click 8.2
    """A path; pathlib is imported when one is given, not for ``--help``."""

    name = "path"

    def convert(
        self, value: str | Path, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        from pathlib import Path

        return Path(value)


FILE_PATH = _FilePath()

pass_session = click.make_pass_decorator(Session)
as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
hedged = click.option(
    "--include-hedged",
    is_flag=True,
    help="Also walk claims that are only reported, expected, possible ...",
)
sources_dir = click.option(
    "--sources",
    metavar="DIR",
    type=FILE_PATH,
    help="Folder with your local copies of the sources.",
)


def put(text: str) -> None:
    """Print a result: UTF-8 on stdout, one line end."""
    put_bytes(text.rstrip("\n").encode("utf-8") + b"\n")


def put_bytes(content: bytes) -> None:
    """Print a result as it is."""
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def put_json(value: Any) -> None:
    """Print a result as JSON."""
    import json

    put(json.dumps(value, ensure_ascii=False, indent=2))


def say(text: str) -> None:
    """Say something about what is going on: stderr, never mixed with results."""
    click.echo(text, err=True)


def put_file(content: bytes, target: str) -> None:
    """Write a result to a file, or to stdout for ``-``; whole or not at all."""
    if target == "-":
        put_bytes(content)
        return
    from pathlib import Path

    from kg.files import write_bytes

    path = Path(target)
    if not path.parent.exists():
        raise MissingError("no such folder", path=path.parent, hint=f"mkdir -p {path.parent}")
    write_bytes(path, content)
    say(f"wrote {path} ({len(content) / 1000:,.0f} kB)")


def put_files(contents: Mapping[str, bytes], target: str) -> None:
    """Write what a format gives: one file, or several into a folder or a ``.zip``.

    Raises UsageError for several files on stdout.
    """
    if contents.keys() == {""}:
        put_file(contents[""], target)
        return
    from pathlib import Path

    from kg import files

    if target == "-":
        names = ", ".join(contents)
        raise UsageError(
            f"this format is several files ({names})", hint="--to FOLDER, or --to FILE.zip"
        )
    if target.endswith(".zip"):
        put_file(files.zipped(contents), target)
        return
    path = Path(target)
    if not path.parent.exists():
        raise MissingError("no such folder", path=path.parent, hint=f"mkdir -p {path.parent}")
    files.write_folder(path, contents)
    size = sum(map(len, contents.values()))
    say(f"wrote {len(contents)} files into {path} ({size / 1000:,.0f} kB)")


def columns(rows: Iterable[tuple[str, ...]], *, indent: str = "") -> str:
    """Return rows as aligned text, the last column as it is."""
    table = list(rows)
    if not table:
        return ""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    return "\n".join(
        indent
        + "  ".join(
            [*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]
        ).rstrip()
        for row in table
    )


def clean(text: str) -> str:
    """Return text that cannot move a terminal's cursor or turn the line around.

    Labels come from strangers: control characters and direction overrides are
    shown as their code point.
    """
    return "".join(
        char if char.isprintable() or char == "\n" else f"⟨U+{ord(char):04X}⟩" for char in text
    )


def interactive() -> bool:
    """Return whether somebody is watching: progress and colour only then."""
    return sys.stderr.isatty()
