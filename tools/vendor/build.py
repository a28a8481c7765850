"""Renew the third-party files that the page carries, or check that they are the published ones.

    python tools/vendor/build.py            copy them anew, write VENDORED.toml
    python tools/vendor/build.py --check    exit 1 where a file differs

Needs npm and its registry; installing or running Gambit needs neither. The lock file
pins each package by version and hash, and npm refuses another one. To take a newer
version: change package.json, run `npm install --package-lock-only` here, then this.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parents[1] / "kg" / "view" / "vendor"
_RECIPE = ("package.json", "package-lock.json", ".npmrc")


@dataclass(frozen=True, slots=True)
class Package:
    """One package: the file that is taken from it as it is, and the licences beside it."""

    name: str
    path: str
    file: str
    licences: tuple[tuple[str, str], ...]


PACKAGES = (
    Package(
        "vis-network",
        "standalone/umd/vis-network.min.js",
        "vis-network.min.js",
        (
            ("LICENSE-MIT", "vis-network.LICENSE-MIT"),
            ("LICENSE-APACHE-2.0", "vis-network.LICENSE-APACHE-2.0"),
        ),
    ),
)

_HEAD = """\
# Third-party files that the page carries. Nothing here is edited: the hash is
# that of the file in the published package. Written by tools/vendor/build.py.
"""


def main() -> int:
    """Build or check; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    npm = shutil.which("npm")
    if npm is None:
        print("error: npm is not on this machine\nhint: install Node.js", file=sys.stderr)
        return 4
    with tempfile.TemporaryDirectory() as folder:
        for name in _RECIPE:
            shutil.copy(HERE / name, folder)
        # npm ci installs what the lock file says or fails; scripts of packages do not run.
        if subprocess.run([npm, "ci"], cwd=folder, stdout=subprocess.DEVNULL).returncode:
            print("error: npm ci failed, see above", file=sys.stderr)
            return 4
        built = files_of(Path(folder) / "node_modules")
    stray = {path.name for path in VENDOR.iterdir()} - built.keys()
    differing = sorted(
        name
        for name, content in built.items()
        if not (VENDOR / name).is_file() or (VENDOR / name).read_bytes() != content
    )
    for name in sorted(stray):
        print(f"not from any package: {name}", file=sys.stderr)
    for name in differing:
        print(f"{'differs' if check else 'written'}: {name}", file=sys.stderr)
        if not check:
            (VENDOR / name).write_bytes(built[name])
    if not differing and not stray:
        print(f"{len(built)} vendored files are those of the published packages", file=sys.stderr)
    return int(bool(stray or (check and differing)))


def files_of(modules: Path) -> dict[str, bytes]:
    """Return every vendored file by name, with the table of versions and hashes."""
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))
    found: dict[str, bytes] = {}
    entries = [_HEAD]
    for package in PACKAGES:
        about = json.loads((modules / package.name / "package.json").read_text("utf-8"))
        content = (modules / package.name / package.path).read_bytes()
        found[package.file] = content
        for source, name in package.licences:
            found[name] = (modules / package.name / source).read_bytes()
        rows = {
            "version": about["version"],
            "file": package.file,
            "source": f"npm package {package.name} {about['version']}",
            "path": f"package/{package.path}",
            "sha256": hashlib.sha256(content).hexdigest(),
            "integrity": lock["packages"][f"node_modules/{package.name}"]["integrity"],
            "licence": about["license"].strip("()"),
            "licence_files": [name for _, name in package.licences],
            "homepage": "https://github.com/visjs/vis-network",
        }
        # A string or a list of strings reads the same in JSON and TOML.
        lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
        entries.append("\n".join([f"[{package.name}]", *lines, ""]))
    found["VENDORED.toml"] = "\n".join(entries).encode()
    return found


if __name__ == "__main__":
    raise SystemExit(main())
