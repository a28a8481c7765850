"""Several servers over one workspace that none of them can write to, behind deploy/nginx.conf."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import EXAMPLE, TOP
from served import Reply, until, workspace
from test_deploy import NAME, ask_proxy, free_port, nginx_before

E = "http://e.example/"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s <http://e.example/p> ?o }"
CLAIMS = "SELECT ?c { ?c a kg:Claim } ORDER BY ?c"
# For its process alone, two folders are as if they were on a disk that cannot be written to.
READ_ONLY = (
    'for f in "$1" "$2"; do mount --bind "$f" "$f" && mount -o remount,ro,bind "$f" || exit 9; done; '
    'touch "$1/x" 2>/dev/null && exit 8; shift 2; exec "$@"'
)


@dataclass
class Replicas:
    """Two servers, their workspace, and the folder that compiled stores are in."""

    folder: Path
    cache: Path
    ports: list[int] = field(default_factory=list)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def ask(self, which: int, path: str, **headers: str) -> Reply:
        import http.client

        connection = http.client.HTTPConnection("127.0.0.1", self.ports[which], timeout=30)
        try:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request("GET", path, headers=fields)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, found, answer.read())
        finally:
            connection.close()

    def start(self) -> None:
        """Start one more."""
        port = free_port()
        inside = [sys.executable, str(TOP / "cli.py"), "--workspace", str(self.folder), "serve"]
        inside += ["--port", str(port), "--base", f"https://{NAME}", "--proxy", "127.0.0.1"]
        outside = ["unshare", "-m", "sh", "-c", READ_ONLY, "sh", str(self.folder), str(self.cache)]
        with (self.cache.parent / f"log{port}").open("wb") as log:
            process = subprocess.Popen(
                [*outside, *inside],
                stdout=log,
                stderr=log,
                env={**os.environ, "KG_CACHE": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"},
            )
        self.ports.append(port)
        self.processes.append(process)

        def ready() -> bool:
            assert process.poll() is None, (self.cache.parent / f"log{port}").read_text()
            try:
                return self.ask(len(self.ports) - 1, "/readyz").status == 200
            except OSError:
                return False

        until(ready, 60)

    def write(self, name: str, content: str) -> None:
        """Write a file of the workspace whole, as whoever looks after it does."""
        path = self.folder / "graphs" / name
        beside = path.with_suffix(".new")
        beside.write_text(content, encoding="utf-8")
        beside.replace(path)


def _facts(count: int) -> str:
    return "".join(f"<{E}thing-{n:06}> <{E}p> {n} .\n" for n in range(count))


def _mounts() -> bool:
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return False
    tried = ["unshare", "-m", "mount", "--bind", "/tmp", "/tmp"]
    return subprocess.run(tried, capture_output=True, check=False).returncode == 0


@pytest.fixture(scope="module")
def replicas(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    if not _mounts():
        pytest.skip("nobody may mount anything here, so no folder can be made read-only")
    folder = tmp_path_factory.mktemp("shared")
    made = Replicas(folder / "workspace", folder / "cache")
    made.folder.mkdir()
    made.cache.mkdir()
    # (So much that it is compiled.)
    workspace(made.folder, one=EXAMPLE.read_bytes(), two=_facts(8_000))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KG_CACHE", str(made.cache))
        command = [sys.executable, str(TOP / "cli.py"), "--workspace", str(made.folder), "info"]
        subprocess.run(command, check=True, capture_output=True)
    assert list((made.cache / "compiled").iterdir())
    with ExitStack() as ending:
        for _ in range(2):
            made.start()
            ending.callback(made.processes[-1].wait, 20)
            ending.callback(made.processes[-1].terminate)
        yield made


def _paths() -> list[str]:
    return [
        "/sparql?" + urlencode({"query": COUNT}),
        "/sparql?" + urlencode({"query": CLAIMS, "format": "csv"}),
        "/api/claims?limit=3",
        "/api/openapi.json",
        "/",
        "/.well-known/void",
    ]


@pytest.mark.parametrize("path", _paths(), ids=["rows", "csv", "api", "openapi", "page", "void"])
def test_both_say_the_same_with_one_tag(replicas: Replicas, path: str) -> None:
    one, other = (replicas.ask(which, path) for which in (0, 1))
    assert one.status == other.status == 200
    assert one.body == other.body
    assert one.headers["etag"] == other.headers["etag"]
    assert replicas.ask(1, path, if_none_match=one.headers["etag"]).status == 304


def test_neither_writes_anything_to_what_they_share(replicas: Replicas) -> None:
    def there() -> set[tuple[str, int]]:
        found = (p for f in (replicas.folder, replicas.cache) for p in f.rglob("*"))
        return {(str(path), path.stat().st_mtime_ns) for path in found if path.is_file()}

    before = there()
    for which in (0, 1):
        for path in _paths():
            replicas.ask(which, path)
    assert there() == before


@pytest.mark.parametrize("count", [9_000, 10], ids=["compiled-nowhere", "small"])
def test_a_change_is_taken_over_by_both_within_seconds(replicas: Replicas, count: int) -> None:
    path = "/sparql?" + urlencode({"query": COUNT})
    before = replicas.ask(0, path).headers["etag"]
    replicas.write("two.ttl", _facts(count))
    begun = time.monotonic()
    for which in (0, 1):
        until(lambda which=which: replicas.ask(which, path).rows == [{"n": str(count)}], 15)
    assert time.monotonic() - begun < 10
    tags = {replicas.ask(which, path).headers["etag"] for which in (0, 1)}
    assert len(tags) == 1
    assert before not in tags
    keys = {replicas.ask(which, "/readyz").json["data"] for which in (0, 1)}
    assert len(keys) == 1


def test_one_is_killed_while_the_other_answers_and_no_reader_notices(
    replicas: Replicas, tmp_path: Path
) -> None:
    with nginx_before(tmp_path, *replicas.ports) as proxy:
        statuses: list[int] = []
        problems: list[str] = []
        stop = threading.Event()

        def read(number: int) -> None:
            asked = 0
            while not stop.is_set():
                asked += 1
                query = f"SELECT ?s {{ ?s <{E}p> ?o }} ORDER BY ?s LIMIT {number * 1_000 + asked}"
                try:
                    reply = ask_proxy(proxy, "/sparql?" + urlencode({"query": query}))
                    statuses.append(reply.status)
                except OSError as error:
                    problems.append(str(error))

        readers = [threading.Thread(target=read, args=(number,)) for number in range(4)]
        for reader in readers:
            reader.start()
        until(lambda: len(statuses) > 40)
        replicas.processes[0].send_signal(signal.SIGKILL)
        replicas.processes[0].wait(20)
        killed = len(statuses)
        until(lambda: len(statuses) > killed + 100)
        stop.set()
        for reader in readers:
            reader.join(30)
        assert set(statuses) == {200}
        assert problems == []
