"""What is worked out in the server itself: it has a clock, a place, and an end when nobody waits."""

from __future__ import annotations

import gc
import socket
import sys
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from served import TIGHT, Server, serving, until, workspace

from kg.errors import LimitError, MissingError
from kg.web import turns
from kg.web.live import Source
from kg.web.settings import Settings
from kg.web.turns import StoppedError, Turns, Work

_QUICK = Settings(limits=TIGHT.limits._replace(timeout_s=0.3))


def _endless(*_: Any) -> Any:
    count = 0
    while True:
        count += 1


@pytest.fixture
def bottomless(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Make /api/contested never end, and return when each call of it has begun."""
    from kg.analysis import standing

    begun: list[float] = []

    def contested(*_: Any, **__: Any) -> Any:
        begun.append(time.monotonic())
        _endless()

    monkeypatch.setattr(standing, "contested", contested)
    return begun


def test_what_never_ends_is_stopped_and_its_thread_works_on() -> None:
    async def main() -> list[str]:
        turns = Turns(_QUICK)
        names = []
        for _ in range(3):
            with pytest.raises(LimitError) as caught:
                await turns.run("kim", _endless)
            assert caught.value.limit == "time"
            assert caught.value.hint
            names.append(await turns.run("kim", lambda: threading.current_thread().name))
        return names

    begun = time.process_time()
    assert len(set(anyio.run(main))) == 1
    assert time.process_time() - begun < 5


def test_a_stop_that_comes_too_late_disturbs_nothing_that_follows() -> None:
    work = Work()
    assert work.run(lambda: 7) == 7
    work.kill()
    assert sum(range(100_000)) == 4_999_950_000
    assert threading.active_count() < 20


def test_a_stop_that_comes_before_the_beginning_is_heeded() -> None:
    work = Work()
    work.kill()
    with pytest.raises(StoppedError):
        work.run(_endless)
    assert sum(range(100_000)) == 4_999_950_000


def test_stopping_at_any_moment_leaves_the_thread_clean() -> None:
    outcomes = []
    for round_ in range(200):
        work = Work()
        killer = threading.Timer(0.0002 * (round_ % 20), work.kill)
        killer.start()
        try:
            outcomes.append(work.run(lambda: sum(i * i for i in range(20_000))))
        except StoppedError:
            outcomes.append(None)
        killer.join()
    assert None in outcomes
    assert {found for found in outcomes if found is not None} <= {2_666_466_670_000}


def test_a_stop_that_comes_while_the_end_begins_leaves_the_thread_clean() -> None:
    class Late(Work):
        tried = False

        def _end(self) -> None:
            if not self.tried:
                self.tried = True
                raise turns._Stop  # as it is raised from outside, at any step
            super()._end()

    work = Late()
    with pytest.raises(StoppedError):
        work.run(lambda: 7)
    work.kill()
    assert sum(range(100_000)) == 4_999_950_000


def test_a_state_whose_data_could_not_be_read_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Old:
        """As much of a state as is looked at here."""

    def broken(_: Old) -> None:
        raise MissingError("a file is gone")

    monkeypatch.setattr("kg.web.functions.prepare", broken)
    turns = Turns(_QUICK)

    async def main() -> weakref.ref[Old]:
        state = Old()
        for _ in range(2):
            with pytest.raises(MissingError):
                await turns.prepare(state)  # type: ignore[arg-type]
        return weakref.ref(state)

    gone = anyio.run(main)
    until(lambda: gc.collect() >= 0 and gone() is None)  # (a thread lets go of it a moment later)


def test_a_module_that_is_being_imported_is_whole_before_its_thread_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slowly_imported.py").write_text(
        "import time\nend = time.monotonic() + 0.4\nwhile time.monotonic() < end: pass\nwhole = True\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def function() -> None:
        import slowly_imported  # type: ignore[import-not-found]

        assert slowly_imported.whole
        _endless()

    work = Work()
    killer = threading.Timer(0.1, work.kill)
    killer.start()
    try:
        with pytest.raises(StoppedError):
            work.run(function)
        assert sys.modules["slowly_imported"].whole
    finally:
        sys.modules.pop("slowly_imported", None)


def test_the_api_stops_what_takes_too_long_says_so_and_answers_the_next(
    server: Server, bottomless: list[float]
) -> None:
    reply = server.ask("/api/contested")
    assert reply.status == 503
    assert reply.json["limit"] == "time"
    assert reply.json["hint"]
    assert reply.headers["retry-after"]
    assert server.ask("/api/entities?q=Japan").status == 200
    assert b'kg_stopped_total{limit="time"}' in server.ask("/metrics").body


def test_what_a_client_left_behind_is_ended(server: Server, bottomless: list[float]) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as leaving:
        leaving.sendall(b"GET /api/contested?limit=7 HTTP/1.1\r\nHost: h\r\n\r\n")
        until(lambda: bottomless)
        assert server.serving.turns.lanes.running == 1
    begun = time.monotonic()
    until(lambda: server.serving.turns.lanes.running == 0)
    assert time.monotonic() - begun < TIGHT.limits.timeout_s / 2


def test_two_long_answers_of_one_client_leave_room_for_a_short_one(
    server: Server, bottomless: list[float]
) -> None:
    with ThreadPoolExecutor(4) as several:
        long = [several.submit(server.ask, f"/api/contested?limit={n}") for n in (11, 12, 13)]
        until(lambda: bottomless)
        assert server.ask("/api/entities?q=Russia").status == 200
        assert not all(one.done() for one in long)
        assert {one.result().status for one in long} == {429, 503}
    assert b'kg_stopped_total{limit="client"}' in server.ask("/metrics").body


def test_a_server_that_stops_ends_what_runs(bottomless: list[float]) -> None:
    slow = replace(TIGHT, drain_s=0.3, limits=TIGHT.limits._replace(timeout_s=60))
    with ThreadPoolExecutor(1) as asking:
        with serving(Source(), slow) as server:
            reply = asking.submit(server.ask, "/api/contested")
            until(lambda: bottomless)
            begun = time.monotonic()
            server.running.should_exit = True
        assert time.monotonic() - begun < 8
        assert reply.result().status == 503


@pytest.fixture
def much(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take all data for so much that our own queries may take long over it."""
    from kg.web import live

    monkeypatch.setattr(live, "_SMALL", 1)


_SAVED = "/api/queries/motivations-of?actor=DPRK"


def test_over_much_data_our_own_queries_run_in_workers_and_say_the_same(
    server: Server, much: None
) -> None:
    here = server.ask(_SAVED)
    with serving(Source()) as other:
        with other.live.now() as state:
            assert state.pool is not None
            assert not state.runs_here(state.queries["motivations-of"])
            told = state.pool._take
            asked = []
            state.pool._take = lambda wait_s: (asked.append(1), told(wait_s))[1]  # type: ignore[method-assign]
            there = other.ask(_SAVED)
        assert asked
        assert there.status == here.status == 200
        assert there.body == here.body
        page = other.ask("/queries/motivations-of?actor=DPRK", accept="text/html")
        assert page.status == 200


def _bomb(folder: Path) -> Source:
    """Return data with a saved query that nobody waits for to its end."""
    source = workspace(folder, one="<http://e.example/a> <http://e.example/p> 1, 2 .")
    values = " ".join(map(str, range(2_000)))
    bomb = " ".join(f"VALUES ?{name} {{ {values} }}" for name in "abcd")
    (folder / "queries" / "mine.rq").write_text(
        f"#+ summary: A bomb\nSELECT (COUNT(*) AS ?n) WHERE {{ {bomb} }}\n"
    )
    return replace(source, query_folders=(folder / "queries", *source.query_folders))


def test_over_much_data_our_own_queries_are_stopped_in_time(
    tmp_path: Path, much: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kg.query.is_shipped", lambda _: True)
    hurried = replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=0.3))
    with serving(_bomb(tmp_path), hurried) as server:
        reply = server.ask("/api/queries/mine")
        assert (reply.status, reply.json["limit"]) == (503, "time")
        assert server.ask("/healthz").status == 200


def test_a_saved_query_of_a_client_that_left_is_ended_in_its_worker(
    tmp_path: Path, much: None
) -> None:
    patient = replace(TIGHT, limits=TIGHT.limits._replace(timeout_s=30))
    with serving(_bomb(tmp_path), patient) as server:
        with socket.create_connection(("127.0.0.1", server.port)) as leaving:
            leaving.sendall(b"GET /api/queries/mine HTTP/1.1\r\nHost: h\r\n\r\n")
            until(lambda: server.serving.lanes.running == 1)
            time.sleep(0.3)
        begun = time.monotonic()
        until(lambda: server.serving.lanes.running == 0)
        assert time.monotonic() - begun < 5
