"""kg serve as a person starts it: where it listens, what it refuses, how it stops."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import EXAMPLE, TOP, Run


def _start(folder: Path, *arguments: str, **environment: str) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, str(TOP / "cli.py"), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, **environment},
    )
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(r"http://\S+", said)
    assert found, said + process.stderr.read()
    return process, found[0].rstrip("/")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_and_stops_when_told(tmp_path: Path, number: int) -> None:
    log = tmp_path / "access.log"
    process, address = _start(
        tmp_path, "--data", str(EXAMPLE), "serve", "--port", "0", "--log", str(log)
    )
    try:
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(f"{address}/sparql?query=ASK%7B%7D", timeout=30) as reply:
            assert b"true" in reply.read()
        process.send_signal(number)
        _, said = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 0
    assert "Traceback" not in said
    assert '"path": "/sparql"' in log.read_text()


def test_a_taken_port_is_said_in_one_line(kg: Run) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = kg("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 4
    assert "cannot listen" in done.stderr
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--allow-update",), "token"),
        (("--token-file", "t"), "--allow-update"),
        (("--base", "ftp://e.example"), "--base"),
        (("--base", "https://user@e.example"), "--base"),
        (
            ("--host", "not.a.host.invalid", "--port", "0"),
            "--host takes an address of this machine",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_served(
    kg: Run, arguments: tuple[str, ...], said: str
) -> None:
    done = kg("serve", *arguments)
    assert done.returncode in (2, 4)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_in_front_of_another_checks_and_passes_on(tmp_path: Path) -> None:
    behind, there = _start(tmp_path, "--data", str(EXAMPLE), "serve", "--port", "0")
    process, address = None, ""
    try:
        process, address = _start(tmp_path, "--endpoint", f"{there}/sparql", "serve", "--port", "0")
        query = "SELECT%20(COUNT(*)%20AS%20?n)%7B?s%20a%20kg:Claim%7D"
        answers = []
        for one in (there, address):
            with urllib.request.urlopen(f"{one}/sparql?query={query}", timeout=30) as reply:
                answers.append(reply.read())
        assert answers[0] == answers[1]
        refused = "SELECT%20*%7BSERVICE%20%3Chttp://e.example/%3E%7B?s%20?p%20?o%7D%7D"
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{address}/sparql?query={refused}", timeout=30)
        assert caught.value.code == 403
        caught.value.close()
    finally:
        for one in (behind, process):
            if one is not None:
                one.terminate()
                one.communicate(timeout=30)


def test_what_is_asked_of_a_server_that_is_gone_is_not_written_to_the_log(tmp_path: Path) -> None:
    behind, there = _start(tmp_path, "--data", str(EXAMPLE), "serve", "--port", "0")
    process, said = None, ""
    try:
        process, address = _start(tmp_path, "--endpoint", f"{there}/sparql", "serve", "--port", "0")
        urllib.request.urlopen(f"{address}/sparql?query=ASK%7B%7D", timeout=30).close()
        behind.terminate()
        behind.communicate(timeout=30)
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{address}/sparql?query=ASK%7B?secret%20?p%201%7D", timeout=60)
        assert caught.value.code == 502
        caught.value.close()
    finally:
        behind.kill()
        if process is not None:
            process.terminate()
            _, said = process.communicate(timeout=30)
    assert "secret" not in said
