"""Names in a table, matched by the programs that people match them with: OpenRefine, and reconciler."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from served import TIGHT, Server, serving, until
from test_deploy import free_port

from kg.web.live import Source

TABLE = "name,founded\nNorth Korea,1948\nРоссия,\n日本,\nAtlantis,\nNATO,1949\nDPRK,\n"
_ENGINE = json.dumps({"facets": [], "mode": "row-based"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KG_CACHE", str(tmp_path_factory.mktemp("cache")))
        with serving(Source(), TIGHT) as running:
            yield running


# ---------------------------------------------------------------- OpenRefine


@dataclass
class OpenRefine:
    """The program, without its pages: asked as these ask it."""

    address: str

    def ask(self, command: str, _body: bytes | None = None, _type: str = "", **given: str) -> Any:
        """Carry out a command; what it says comes back."""
        query = {"csrf_token": self._token(), **given} if _body or given else given
        fields = urllib.parse.urlencode(query)
        url = f"{self.address}/command/core/{command}"
        if _body is None:
            _body, _type = fields.encode(), "application/x-www-form-urlencoded"
        else:
            url += f"?{fields}"
        request = urllib.request.Request(url, _body, {"Content-Type": _type})
        with urllib.request.urlopen(request, timeout=30) as answer:
            content = answer.read().decode()
            return json.loads(content) if content[:1] in "{[" else answer.geturl()

    def get(self, command: str, **given: str) -> Any:
        url = f"{self.address}/command/core/{command}?{urllib.parse.urlencode(given)}"
        with urllib.request.urlopen(url, timeout=30) as answer:
            return json.load(answer)

    def _token(self) -> str:
        return str(self.get("get-csrf-token")["token"])

    def table(self, content: str) -> str:
        """Make a project of a table; its number comes back."""
        parts = {
            "project-name": "names",
            "format": "text/line-based/*sv",
            "options": json.dumps({"separator": ",", "encoding": "UTF-8"}),
        }
        lines = [
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in parts.items()
        ]
        lines.append(
            '--b\r\nContent-Disposition: form-data; name="project-file"; filename="t.csv"\r\n'
            f"Content-Type: text/csv; charset=utf-8\r\n\r\n{content}\r\n--b--\r\n"
        )
        made = self.ask(
            "create-project-from-upload", "".join(lines).encode(), "multipart/form-data; boundary=b"
        )
        return str(urllib.parse.parse_qs(urllib.parse.urlsplit(made).query)["project"][0])

    def rows(self, project: str) -> list[list[dict[str, Any] | None]]:
        until(lambda: not self.get("get-processes", project=project)["processes"], 60)
        found = self.ask("get-rows", project=project, start="0", limit="50", engine=_ENGINE)
        recons = found["pool"]["recons"]
        for row in found["rows"]:
            for cell in filter(None, row["cells"]):
                cell["recon"] = recons.get(str(cell.get("r")))
        return [row["cells"] for row in found["rows"]]


@pytest.fixture(scope="module")
def openrefine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenRefine]:
    program = shutil.which("openrefine")
    if program is None:
        pytest.skip("no openrefine on this machine (a Debian package)")
    folder, port = tmp_path_factory.mktemp("openrefine"), free_port()
    command = [program, "-p", str(port), "-i", "127.0.0.1", "-d", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "-x", "refine.headless=true"],
            stdout=log,
            stderr=log,
            env={**os.environ, "HOME": str(folder)},
            start_new_session=True,
        )
    found = OpenRefine(f"http://127.0.0.1:{port}")

    def ready() -> bool:
        assert process.poll() is None, (folder / "log").read_text(errors="replace")
        try:
            return bool(found.get("get-version"))
        except OSError:
            return False

    try:
        until(ready, 90)
        yield found
    finally:
        os.killpg(process.pid, signal.SIGTERM)  # (a script, and Java below it)
        process.wait(30)


def _service(server: Server, **more: Any) -> dict[str, Any]:
    manifest = server.ask("/reconcile").json
    return {
        "mode": "standard-service",
        "service": f"{server.address}/reconcile",
        "identifierSpace": manifest["identifierSpace"],
        "schemaSpace": manifest["schemaSpace"],
        "autoMatch": True,
        "columnDetails": [],
        **more,
    }


def test_openrefine_matches_names_in_every_script_and_leaves_what_is_unknown(
    server: Server, openrefine: OpenRefine
) -> None:
    project = openrefine.table(TABLE)
    config = _service(server, type={"id": "kg:Actor", "name": "actor"})
    openrefine.ask(
        "reconcile", project=project, columnName="name", config=json.dumps(config), engine=_ENGINE
    )
    matched = {}
    for cell, *_ in openrefine.rows(project):
        assert cell is not None
        match = (cell["recon"] or {}).get("m")
        matched[cell["v"]] = match["id"] if match else None
    assert matched == {
        "North Korea": "actor/dprk",
        "Россия": "actor/russia",
        "日本": "actor/japan",
        "Atlantis": None,
        "NATO": "actor/nato",
        "DPRK": "actor/dprk",
    }


def test_openrefine_adds_columns_of_values_from_the_graph(
    server: Server, openrefine: OpenRefine
) -> None:
    project = openrefine.table("name\nNorth Korea\nJapan\n")
    openrefine.ask(
        "reconcile",
        project=project,
        columnName="name",
        config=json.dumps(_service(server)),
        engine=_ENGINE,
    )
    openrefine.rows(project)
    service = _service(server)
    openrefine.ask(
        "extend-data",
        project=project,
        baseColumnName="name",
        endpoint=service["service"],
        identifierSpace=service["identifierSpace"],
        schemaSpace=service["schemaSpace"],
        extension=json.dumps({"properties": [{"id": "id:wikidata", "name": "Wikidata"}]}),
        columnInsertIndex="1",
        engine=_ENGINE,
    )
    values = [[cell["v"] if cell else None for cell in row] for row in openrefine.rows(project)]
    assert values == [["North Korea", "Q423"], ["Japan", "Q17"]]


# ---------------------------------------------------------------- reconciler


@pytest.mark.filterwarnings("ignore")  # (of what pandas will not do any more)
def test_reconciler_matches_a_column_of_a_data_frame(server: Server) -> None:
    pandas = pytest.importorskip("pandas")
    reconciler = pytest.importorskip("reconciler")
    column = pandas.Series(["North Korea", "Россия", "Japan", "Q423"] * 20)
    found = reconciler.reconcile(
        column,
        type_id="kg:State",
        top_res=1,
        reconciliation_endpoint=f"{server.address}/reconcile",
    )
    assert list(found["match"]) == [True] * 4
    assert dict(zip(found["input_value"], found["name"], strict=True)) == {
        "North Korea": "North Korea",
        "Россия": "Russia",
        "Japan": "Japan",
        "Q423": "North Korea",
    }
    assert set(found["type_id"]) == {"kg:State"}
