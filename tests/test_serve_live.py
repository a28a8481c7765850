"""What is served while files change, workers die and the server stops; and what it tells of itself."""

from __future__ import annotations

import json
import logging
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest
from served import TIGHT, Server, serving, until, workspace

from kg.store import Store
from kg.web import live, observing
from kg.web.live import Live, Source, State
from kg.web.observed import Counts
from kg.web.problems import HttpError

ONE = "<http://e.example/a> <http://e.example/p> 1 ."
COUNT = "SELECT (COUNT(*) AS ?n) { <http://e.example/a> ?p ?o }"


def test_a_changed_workspace_is_served_without_a_pause(tmp_path: Path) -> None:
    with serving(workspace(tmp_path, one=ONE)) as server:
        first = server.query(COUNT)
        assert first.rows == [{"n": "1"}]
        wrong: list[object] = []
        done = threading.Event()

        def ask() -> None:
            while not done.is_set():
                reply = server.query(COUNT)
                if reply.status != 200 or reply.rows[0]["n"] not in "123":
                    wrong.append(reply)

        asking = threading.Thread(target=ask)
        asking.start()
        for number in (2, 3):
            more = " ".join(
                f"<http://e.example/a> <http://e.example/p> {i} ." for i in range(number)
            )
            (tmp_path / "graphs" / "one.ttl").write_text(more)
            until(lambda n=number: server.query(COUNT).rows == [{"n": str(n)}])  # type: ignore[misc]
        done.set()
        asking.join()
        assert wrong == []
        assert server.query(COUNT).headers["etag"] != first.headers["etag"]
        assert server.live.swaps == 2


def test_a_repeated_request_is_answered_alike_until_the_data_changes(tmp_path: Path) -> None:
    with serving(workspace(tmp_path, one=ONE)) as server:
        path = "/sparql?" + urlencode({"query": COUNT})
        first, hits = server.ask(path), server.serving.memory.hits
        again = server.ask(path)
        assert server.serving.memory.hits == hits + 1
        assert server.serving.shortcuts.get(_sent(server, path), server.live.key) is not None
        assert (again.status, again.body) == (200, first.body)
        assert again.headers == {**first.headers, "date": again.headers["date"]}
        # A field more, and it is another request.
        assert server.ask(path, accept="text/csv").type == "text/csv"
        (tmp_path / "graphs" / "one.ttl").write_text(ONE + ONE.replace(" 1 ", " 2 "))
        until(lambda: server.ask(path).rows == [{"n": "2"}])
        (tmp_path / "graphs" / "one.ttl").write_text(ONE)
        until(lambda: server.ask(path).rows == [{"n": "1"}])


def _sent(server: Server, path: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nAccept-Encoding: identity\r\n\r\n"
    ).encode()


def test_a_change_of_a_files_time_alone_is_none(tmp_path: Path) -> None:
    live = Live(workspace(tmp_path, one=ONE), replace(TIGHT, watch_s=60))
    try:
        (tmp_path / "graphs" / "one.ttl").touch()
        assert live.refresh() is False
        assert live.swaps == 0
    finally:
        live.close()


def test_files_that_cannot_be_read_leave_what_is_served(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(workspace(tmp_path, one=ONE)) as server:
        file = tmp_path / "graphs" / "one.ttl"
        file.write_text("this is no Turtle")
        until(lambda: server.live.trouble is not None)
        assert server.query(COUNT).rows == [{"n": "1"}]
        ready = server.ask("/readyz").json
        assert ready["status"] == "ready"
        assert "changed" in ready["trouble"]
        assert str(tmp_path) not in json.dumps(ready)
        file.write_text(ONE + ONE.replace(" 1 ", " 2 "))
        until(lambda: server.query(COUNT).rows == [{"n": "2"}])
        assert server.live.trouble is None
    assert any("cannot be opened" in record.message for record in caplog.records)


@pytest.mark.parametrize("in_memory", [True, False])
def test_a_store_deleted_under_the_server_keeps_answering(
    in_memory: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "cache"
    monkeypatch.setenv("KG_CACHE", str(cache))
    if not in_memory:
        monkeypatch.setattr(live, "IN_MEMORY_BYTES", 0)
    place = tmp_path / "w"
    place.mkdir()
    many = "\n".join(
        f"<http://e.example/a> <http://e.example/p{i}> <http://e.example/{'x' * 60}{i}> ."
        for i in range(5_000)
    )
    with serving(workspace(place, one=many)) as server:
        with server.live.now() as state:
            assert (state.store.place is None) == in_memory
        shutil.rmtree(cache)
        shutil.rmtree(place)
        for number in range(5):
            reply = server.query(COUNT + f" LIMIT {number + 1}")
            assert reply.rows == [{"n": "5000"}]
        with server.live.now() as state:
            assert state.pool is not None
            for worker in state.pool.workers:
                import os
                import signal

                os.kill(worker, signal.SIGKILL)
        server.query("ASK {}")
        until(lambda: server.query(COUNT + " LIMIT 9").status == 200)


def test_a_pinned_state_outlives_the_next_one(tmp_path: Path) -> None:
    live = Live(workspace(tmp_path, one=ONE), replace(TIGHT, watch_s=60))
    try:
        with live.now() as old:
            (tmp_path / "graphs" / "one.ttl").write_text(ONE + ONE.replace(" 1 ", " 2 "))
            assert live.refresh() is True
            assert old.run(COUNT).rows[0] != ()
            assert list(old.run(COUNT)) == [{"n": "1"}]
            with live.now() as new:
                assert new is not old
                assert list(new.run(COUNT)) == [{"n": "2"}]
        until(lambda: old.pool is not None and not old.pool.workers)
    finally:
        live.close()


def test_a_closed_one_gives_nothing_more(tmp_path: Path) -> None:
    live = Live(workspace(tmp_path, one=ONE), TIGHT)
    with live.now() as state:
        live.close()
        assert state.run("ASK {}").boolean is True
    with pytest.raises(HttpError), live.now():
        pass


def test_the_saved_queries_answer_as_on_the_command_line(shipped: Store) -> None:
    from kg import query

    live = Live(Source(), replace(TIGHT, watch_s=60))
    try:
        with live.now() as state:
            found = state.run_saved("motivations-of", {"actor": "DPRK"})
            wanted = query.run_saved(
                shipped,
                state.queries["motivations-of"],
                {"actor": "DPRK"},
                resolve=state.resolve,
            )
            assert found.tsv == wanted.tsv
            assert len(found) > 0
    finally:
        live.close()


def test_the_server_stops_when_its_last_requests_have_ended(tmp_path: Path) -> None:
    replies = []
    with serving(workspace(tmp_path, one=ONE)) as server:
        values = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(60)))} }}" for i in range(4))
        text = f"SELECT (COUNT(*) AS ?n) {{ {values} }}"
        asking = threading.Thread(target=lambda: replies.append(server.query(text)))
        asking.start()
        until(lambda: server.serving.lanes.running == 1)
        server.running.should_exit = True
        asking.join(20)
    assert replies[0].status in (200, 503)
    if replies[0].status == 200:
        assert replies[0].rows == [{"n": str(60**4)}]


def test_a_request_that_does_not_end_in_time_is_ended_with_the_server(tmp_path: Path) -> None:
    replies = []
    settings = replace(TIGHT, drain_s=0.5, limits=TIGHT.limits._replace(timeout_s=60))
    with serving(workspace(tmp_path, one=ONE), settings) as server:
        values = " ".join(f"VALUES ?v{i} {{ {' '.join(map(str, range(200)))} }}" for i in range(5))
        text = f"SELECT (COUNT(*) AS ?n) {{ {values} }}"
        asking = threading.Thread(target=lambda: replies.append(server.query(text)))
        asking.start()
        until(lambda: server.serving.lanes.running == 1)
        begun = time.monotonic()
        server.running.should_exit = True
        asking.join(20)
        assert time.monotonic() - begun < 10
    assert replies[0].status == 503


def test_health_and_metrics_are_told(tmp_path: Path) -> None:
    with serving(workspace(tmp_path, one=ONE)) as server:
        assert server.ask("/healthz").json == {"status": "alive"}
        server.query(COUNT)
        server.query(COUNT)
        server.ask("/a/path/of/a/stranger")
        text = server.ask("/metrics").body.decode()
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['kg_requests_total{route="/sparql",method="POST",status="200"}'] == "2"
    assert lines["kg_cache_hits_total"] == "1"
    # (Six digits of a time are off by an hour, and those of a counter stand still.)
    assert abs(float(lines["kg_data_opened_seconds"]) - time.time()) < 120
    assert Counts().text({"kg_x_total": ("", 12_345_678.0)}).endswith("kg_x_total 12345678\n")
    assert lines['kg_request_seconds_bucket{route="/sparql",le="+Inf"}'] == "2"
    assert "stranger" not in text
    named = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert "kg_queries_waiting" in named


def test_the_access_log_has_a_line_a_request_and_no_query(tmp_path: Path) -> None:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    logger = logging.getLogger("kg.web.access")
    handler = Lines()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        with serving(workspace(tmp_path, one=ONE)) as server:
            server.query(COUNT + "# secret")
            server.ask("/sparql?query=nonsense%20secret")
            server.ask("/a%0d%0ab")
            time.sleep(0.1)
    finally:
        logger.removeHandler(handler)
        logger.setLevel(logging.NOTSET)
    found = [json.loads(line) for line in lines if "readyz" not in line]
    assert [one["status"] for one in found] == [200, 400, 404]
    assert {"time", "client", "method", "path", "bytes", "ms"} <= found[0].keys()
    assert "secret" not in "".join(lines)
    assert all("\n" not in line for line in lines)


def test_a_bug_is_answered_without_its_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(workspace(tmp_path, one=ONE)) as server:
        monkeypatch.setattr(server.serving.lanes, "place", None)
        reply = server.query("ASK { ?a ?b 1 FILTER EXISTS { ?a ?b ?c } }")
        monkeypatch.undo()
        assert reply.status == 500
        assert "bug" in reply.json["detail"]
        assert b"Traceback" not in reply.body
        assert b"NoneType" not in reply.body
        assert server.query(COUNT).status == 200
    assert "NoneType" in caplog.text


def test_nothing_of_a_state_that_is_not_served_any_more_is_kept(tmp_path: Path) -> None:
    import gc
    import weakref

    with serving(workspace(tmp_path, one=ONE)) as server:
        old = weakref.ref(server.live.state)
        for path in ("/graph", "/graph.json", "/graph/more.json", "/api/entities", "/timeline"):
            assert server.ask(path).status == 200
        (tmp_path / "graphs" / "one.ttl").write_text(ONE + ONE.replace(" 1 ", " 2 "))
        until(lambda: server.live.swaps == 1)

        def gone() -> bool:
            gc.collect()
            return old() is None

        until(gone)


def test_trouble_is_over_when_the_files_are_what_they_were(tmp_path: Path) -> None:
    live = Live(workspace(tmp_path, one=ONE), replace(TIGHT, watch_s=60))
    try:
        path = tmp_path / "graphs" / "one.ttl"
        path.rename(tmp_path / "away")
        assert not live.refresh()
        assert live.trouble
        (tmp_path / "away").rename(path)
        assert not live.refresh()
        assert live.trouble is None
    finally:
        live.close()


@pytest.mark.parametrize("text", ["SELECT (RAND() AS ?r) {}", "SELECT (now() AS ?r) {}"])
def test_what_is_another_answer_each_time_is_not_remembered(tmp_path: Path, text: str) -> None:
    source = workspace(tmp_path, one=ONE)
    (tmp_path / "queries" / "mine.rq").write_text(f"#+ summary: Chance\n{text}\n")
    source = replace(source, query_folders=(tmp_path / "queries", *source.query_folders))
    asked = urlencode({"query": text})
    with serving(source) as server:
        for path in (f"/sparql?{asked}", "/api/queries/mine", "/queries/mine", f"/query?{asked}"):
            first, again = server.ask(path), server.ask(path)
            assert (first.status, again.status) == (200, 200)
            assert first.body != again.body
            assert "etag" not in {**first.headers, **again.headers}
        # (A variable of that name is nothing of the kind.)
        plain = "/sparql?" + urlencode({"query": "SELECT ?now { ?s ?p ?now }"})
        assert "etag" in server.ask(plain).headers


def test_what_is_opened_while_the_server_stops_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = Live(workspace(tmp_path, one=ONE), replace(TIGHT, watch_s=60))
    opened = []

    def stopping() -> State:
        state = State(live.source.open(), live.settings, live.source.query_folders)
        opened.append(state)
        live.close()
        return state

    monkeypatch.setattr(live, "_open", stopping)
    (tmp_path / "graphs" / "one.ttl").write_text(ONE.replace(" 1 ", " 2 "))
    assert not live.refresh()
    assert opened[0].pool._closed


def test_a_tag_tells_what_made_the_answer_as_well_as_of_what(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kg.web import answers, rendering

    before = answers.tag("data", "asked")
    assert answers.tag("data", "asked") == before
    monkeypatch.setattr(answers, "__version__", "another")
    assert answers.tag("data", "asked") != before
    made_by = {path.name for path in rendering._makers()}
    assert {"start.js", "page.html", "records.py", "entity.html", "rendering.py"} <= made_by


def test_a_repeated_request_is_counted_under_its_route_too() -> None:
    with serving(Source()) as server:
        for _ in range(3):
            assert server.ask("/doc/actor/dprk", accept="text/turtle").status == 200
        counts = server.ask("/metrics").body.decode()
    [line] = [one for one in counts.splitlines() if "requests_total" in one and "/doc" in one]
    assert 'route="/doc/{kind}/{slug:path}"' in line
    assert line.endswith(" 3")


def test_the_log_has_queries_that_were_asked_before_too(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    observing.log_to(log)
    try:
        with serving(Source(), replace(TIGHT, log=log, log_queries=True)) as server:
            for text in ("ASK { ?s a kg:Claim }", "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"):
                for _ in range(3):
                    assert server.ask("/sparql?" + urlencode({"query": text})).status == 200
    finally:
        observing.log_to(None)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    asked = [line for line in lines if line["path"] == "/sparql"]
    assert len(asked) == 6
    assert all(line["query"] for line in asked)
