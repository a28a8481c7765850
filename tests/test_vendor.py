"""The recipe for third-party files names what the page carries, and no host."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib

from conftest import TOP

RECIPE = TOP / "tools" / "vendor"
VENDORED = tomllib.loads((TOP / "kg" / "view" / "vendor" / "VENDORED.toml").read_text("utf-8"))


def test_the_lock_file_pins_what_is_vendored_by_version_and_hash() -> None:
    wanted = json.loads((RECIPE / "package.json").read_text("utf-8"))["dependencies"]
    locked = json.loads((RECIPE / "package-lock.json").read_text("utf-8"))["packages"]
    assert wanted == {name: entry["version"] for name, entry in VENDORED.items()}
    for name, entry in VENDORED.items():
        assert locked[f"node_modules/{name}"]["version"] == entry["version"]
        assert locked[f"node_modules/{name}"]["integrity"] == entry["integrity"]


def test_the_lock_file_fetches_from_no_host_of_its_own() -> None:
    text = (RECIPE / "package-lock.json").read_text("utf-8")
    assert '"resolved"' not in text
    assert "ignore-scripts=true" in (RECIPE / ".npmrc").read_text("utf-8").splitlines()


# ---------------------------------------------------------------- the editor's file

EDITOR = TOP / "tools" / "editor"
BUILT = TOP / "kg" / "web" / "vendor"


def test_the_editors_file_is_the_one_that_its_table_tells_of() -> None:
    told = tomllib.loads((BUILT / "VENDORED.toml").read_text("utf-8"))
    content = (BUILT / told["codemirror"]["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["codemirror"]["sha256"]
    locked = json.loads((EDITOR / "package-lock.json").read_text("utf-8"))["packages"]
    assert set(told["codemirror"]["packages"]) == set(told["packages"])
    licences = (BUILT / told["codemirror"]["licence_file"]).read_text("utf-8")
    for name, entry in told["packages"].items():
        assert locked[f"node_modules/{name}"]["version"] == entry["version"]
        assert locked[f"node_modules/{name}"]["integrity"] == entry["integrity"]
        assert f"{name} {entry['version']} (MIT)" in licences
    assert '"resolved"' not in (EDITOR / "package-lock.json").read_text("utf-8")


def test_the_editors_file_makes_no_code_of_text() -> None:
    content = (BUILT / "codemirror.js").read_text("utf-8")
    assert not re.search(r"\beval\(|new Function\(", content)
