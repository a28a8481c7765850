"""Build the SPARQL editor's one third-party file, or check that it is what these packages give.

    python tools/editor/build.py            build it anew, write VENDORED.toml
    python tools/editor/build.py --check    exit 1 where a file differs

Needs npm and its registry; installing or running Gambit needs neither. The lock file pins
each package by version and hash. esbuild bundles entry.js; nothing else is done to it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENDOR = HERE.parents[1] / "kg" / "web" / "vendor"
_RECIPE = ("package.json", "package-lock.json", ".npmrc", "entry.js")
_ESBUILD = (
    "--bundle",
    "--minify",
    "--format=iife",
    "--global-name=CodeMirrorKit",
    "--target=es2020",
    "--charset=ascii",
    "--legal-comments=none",
)
_HEAD = """\
# The third-party file of the SPARQL page: the packages below in one, bundled and minified
# by esbuild and not edited. Written by tools/editor/build.py.
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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in _RECIPE:
            shutil.copy(HERE / file, folder)
        # npm ci installs what the lock file says or fails; scripts of packages do not run.
        if subprocess.run([npm, "ci"], cwd=folder, stdout=subprocess.DEVNULL).returncode:
            print("error: npm ci failed, see above", file=sys.stderr)
            return 4
        built = files_of(folder)
    VENDOR.mkdir(exist_ok=True)
    stray = {path.name for path in VENDOR.iterdir()} - built.keys()
    differing = sorted(
        file
        for file, content in built.items()
        if not (VENDOR / file).is_file() or (VENDOR / file).read_bytes() != content
    )
    for file in sorted(stray):
        print(f"not from any package: {file}", file=sys.stderr)
    for file in differing:
        print(f"{'differs' if check else 'written'}: {file}", file=sys.stderr)
        if not check:
            (VENDOR / file).write_bytes(built[file])
    if not differing and not stray:
        print(f"{len(built)} vendored files are what the packages give", file=sys.stderr)
    return int(bool(stray or (check and differing)))


def files_of(folder: Path) -> dict[str, bytes]:
    """Return every vendored file by name: the bundle, its licences, the table of versions."""
    modules = folder / "node_modules"
    esbuild = modules / "esbuild" / "bin" / "esbuild"
    command = [str(esbuild), "entry.js", *_ESBUILD, "--outfile=out.js", "--metafile=meta.json"]
    subprocess.run([*command, "--log-level=error"], cwd=folder, check=True)
    made = (folder / "out.js").read_bytes()
    inputs = json.loads((folder / "meta.json").read_text("utf-8"))["inputs"]
    names = sorted({_package(path) for path in inputs if path.startswith("node_modules/")})
    lock = json.loads((HERE / "package-lock.json").read_text("utf-8"))["packages"]
    licences = []
    entries = [_HEAD, _entry(made, names, lock)]
    for name in names:
        about = json.loads((modules / name / "package.json").read_text("utf-8"))
        text = (modules / name / "LICENSE").read_text("utf-8").strip()
        licences.append(f"{name} {about['version']} ({about['license']})\n\n{text}\n")
        integrity = lock[f"node_modules/{name}"]["integrity"]
        rows = {
            "version": about["version"],
            "licence": about["license"],
            "integrity": integrity,
        }
        lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
        entries.append("\n".join([f'[packages."{name}"]', *lines, ""]))
    rule = "\n" + "-" * 80 + "\n\n"
    return {
        "codemirror.js": made,
        "codemirror.LICENSES": rule.join(licences).encode(),
        "VENDORED.toml": "\n".join(entries).encode(),
    }


def _entry(made: bytes, names: list[str], lock: dict[str, dict[str, str]]) -> str:
    rows = {
        "file": "codemirror.js",
        "sha256": hashlib.sha256(made).hexdigest(),
        "built_with": f"esbuild {lock['node_modules/esbuild']['version']}",
        "options": list(_ESBUILD),
        "packages": names,
        "licence_file": "codemirror.LICENSES",
        "homepage": "https://codemirror.net",
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in rows.items()]
    return "\n".join(["[codemirror]", *lines, ""])


def _package(path: str) -> str:
    parts = path.removeprefix("node_modules/").split("/")
    return "/".join(parts[:2] if parts[0].startswith("@") else parts[:1])


if __name__ == "__main__":
    raise SystemExit(main())
