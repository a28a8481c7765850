"""Where the ontology, the triples, the queries and the shapes are, and how files are written.

The only module that knows. A checkout comes first, the copies inside an
installed wheel second, so that both ``python cli.py`` and ``kg`` work.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from kg.errors import MissingError, RefusedError, UnreadableError

_PACKAGE = Path(__file__).resolve().parent
_BUNDLED = _PACKAGE / "_bundled"

#: The file that marks a folder as a workspace.
WORKSPACE = "gambit.json"

#: One Turtle file larger than this is refused (see ``read_text_bytes``).
MAX_FILE_MB = 128


def checkout() -> Path | None:
    """Return the top of the checkout this package runs from, or None when installed."""
    top = _PACKAGE.parent
    if (top / "ontology.ttl").is_file() and (top / "data" / "triples.ttl").is_file():
        return top
    return None


def ontology_path() -> Path:
    """Return the path of ``ontology.ttl``.

    Raises MissingError when neither a checkout nor a bundled copy has it.
    """
    return _shipped("ontology.ttl")


def triples_path() -> Path:
    """Return the path of ``data/triples.ttl``; MissingError as for the ontology."""
    return _shipped("data/triples.ttl")


def workspace_folder() -> Path | None:
    """Return the top of the workspace that this folder is in, found upwards as git finds its own."""
    here = Path.cwd()
    return next((f for f in (here, *here.parents) if (f / WORKSPACE).is_file()), None)


def is_shipped(path: Path) -> bool:
    """Return whether a path is that of the shipped ``data/triples.ttl``."""
    try:
        return path.resolve() == triples_path().resolve()
    except MissingError:
        return False


def context_path() -> Path:
    """Return the path of the JSON-LD context of our own."""
    return _PACKAGE / "formats" / "context.jsonld"


def queries_dir() -> Path:
    """Return the folder of the saved queries that are shipped."""
    return _PACKAGE / "queries"


def shapes_dir() -> Path:
    """Return the folder of the SHACL shapes."""
    return _PACKAGE / "shapes"


def cache_dir() -> Path:
    """Return the folder for compiled stores; it need not exist yet.

    ``KG_CACHE`` decides, else ``XDG_CACHE_HOME``, else the platform's habit.
    """
    if given := os.environ.get("KG_CACHE"):
        return Path(given)
    if given := os.environ.get("XDG_CACHE_HOME"):
        return Path(given) / "gambit-kg"
    if sys.platform == "win32" and (local := os.environ.get("LOCALAPPDATA")):
        return Path(local) / "gambit-kg" / "cache"
    return Path(os.path.expanduser("~")) / ".cache" / "gambit-kg"


def _shipped(name: str) -> Path:
    top = checkout()
    path = top / name if top else _BUNDLED / name
    if not path.is_file():
        raise MissingError(
            f"{name} is neither in a checkout nor in the installed package",
            hint="reinstall with: pip install --force-reinstall gambit-kg",
        )
    return path


def read_bytes(path: Path) -> bytes:
    """Return the content of a UTF-8 text file, refused when it cannot be one.

    Raises what ``read_raw`` and ``check_text`` raise.
    """
    content = read_raw(path)
    check_text(content, path)
    return content


def read_raw(path: Path) -> bytes:
    """Return the content of a file, whatever it is.

    Raises MissingError (no such file), UnreadableError (a folder, no permission)
    and RefusedError (larger than ``KG_MAX_FILE_MB``, 128 unless set).
    """
    limit_mb = _limit_mb()
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise UnreadableError("is a folder, not a file", path=path, hint="name a file in it")
        if size > limit_mb * 1_000_000:
            raise RefusedError(
                f"{size / 1e6:.0f} MB is more than the {limit_mb} MB allowed for one file",
                path=path,
                hint="set KG_MAX_FILE_MB to allow more, or split the file",
            )
        return path.read_bytes()
    except FileNotFoundError:
        raise MissingError("no such file", path=path, hint="check the spelling") from None
    except OSError as error:
        raise UnreadableError(
            f"cannot be read: {error.strerror or error}", path=path, hint="check its permissions"
        ) from error


def check_text(content: bytes, path: Path) -> None:
    """Raise UnreadableError, with line and column, for what is not plain UTF-8.

    A byte order mark counts as a fault: some tools take it for text.
    """
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError(
            "starts with a byte order mark",
            path=path,
            line=1,
            column=1,
            hint="save it as UTF-8 without a byte order mark",
        )
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        raise UnreadableError(
            f"is not UTF-8 (byte 0x{content[error.start]:02x})",
            path=path,
            line=before.count(b"\n") + 1,
            column=error.start - (before.rfind(b"\n") + 1) + 1,
            hint="save it as UTF-8, or convert it: iconv -f LATIN1 -t UTF-8",
        ) from error


def _limit_mb() -> int:
    given = os.environ.get("KG_MAX_FILE_MB", "")
    return int(given) if given.isdigit() else MAX_FILE_MB


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a full disk leaves the old one as it was.

    Raises MissingError when the folder is missing or cannot be written to.
    """
    write_pieces(path, [content])


def write_pieces(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file as its pieces come; one that fails leaves the old file as it was.

    Raises MissingError as ``write_bytes``, and what the pieces raise.
    """
    # Through a link, not over it; and a device or pipe is written to directly.
    target = path.resolve() if path.is_symlink() else path
    temporary: Path | None = None
    try:
        if target.is_dir():
            raise MissingError("is a folder, not a file to write", path=path, hint="name a file")
        if target.exists() and not target.is_file():
            with target.open("wb") as stream:
                stream.writelines(pieces)
            return
        import tempfile

        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        temporary = Path(name)
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
            stream.flush()
            os.fsync(stream.fileno())
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        temporary.replace(target)
        temporary = None
    except OSError as error:
        raise MissingError(
            f"cannot be written: {error.strerror or error}",
            path=path,
            hint="check that the folder exists, is writable and has room",
        ) from error
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink()


def write_folder(path: Path, contents: Mapping[str, bytes]) -> None:
    """Write files into a folder of their own, all of them or none.

    A folder that holds nothing but files of these names is replaced; RefusedError for one
    that holds something else. Raises MissingError where it cannot be written.
    """
    import shutil
    import tempfile

    target = path.resolve()
    _check_folder(target, path, contents.keys())
    building: Path | None = None
    try:
        building = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
        building.chmod(0o777 & ~_umask())
        for name, content in contents.items():
            write_bytes(building / name, content)
        if target.exists():
            # Two renames: a folder cannot be put over one that holds files.
            old = building.with_name(building.name + ".old")
            target.rename(old)
            try:
                building.rename(target)
            except OSError:
                old.rename(target)
                raise
            shutil.rmtree(old, ignore_errors=True)
        else:
            building.rename(target)
        building = None
    except OSError as error:
        raise MissingError(
            f"cannot be written: {error.strerror or error}",
            path=path,
            hint="check that the folder above it exists, is writable and has room",
        ) from error
    finally:
        if building is not None:
            shutil.rmtree(building, ignore_errors=True)


def _check_folder(target: Path, path: Path, names: Collection[str]) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise RefusedError("is a file, not a folder", path=path, hint="name a folder, or a .zip")
    others = sorted(entry.name for entry in target.iterdir() if entry.name not in names)
    if others:
        more = f" and {len(others) - 1} more" if len(others) > 1 else ""
        raise RefusedError(
            f"holds something else: {others[0]}{more}", path=path, hint="name a new folder"
        )


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """Return files as one zip archive: equal files, equal bytes."""
    import zipfile
    from io import BytesIO

    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in contents.items():
            # The earliest day a zip can name; the default is today.
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # or it would tell the system it was written on
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content)
    return made.getvalue()


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
