"""Whose query runs next: places, turns, and what happens to those that take long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from kg.errors import LimitError
from kg.web.lanes import Lanes, Ticket
from kg.web.problems import HttpError
from kg.web.settings import Settings

QUICK = Settings(workers=2, queue=4, wait_s=0.3, slow_s=0.05)


async def _query(lanes: Lanes, client: str, seconds: float, done: list[str]) -> Ticket:
    async with lanes.place(client) as ticket:
        end = asyncio.get_running_loop().time() + seconds
        while ticket.stopped is None and asyncio.get_running_loop().time() < end:
            await asyncio.sleep(0.005)
        done.append(client)
        return ticket


def _run(story: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(asyncio.wait_for(story(), 10))  # type: ignore[arg-type]


def test_clients_take_turns_however_many_each_has_waiting() -> None:
    async def story() -> None:
        lanes, done = Lanes(replace(QUICK, workers=1, queue=40, slow_s=9, wait_s=9)), list[str]()
        many = [asyncio.create_task(_query(lanes, "a", 0.02, done)) for _ in range(6)]
        await asyncio.sleep(0.01)
        one = asyncio.create_task(_query(lanes, "b", 0.02, done))
        await asyncio.gather(*many, one)
        assert done.index("b") <= 2
        assert (lanes.running, lanes.waiting) == (0, 0)

    _run(story)


def test_a_long_query_makes_room_for_short_ones() -> None:
    async def story() -> None:
        lanes, done = Lanes(replace(QUICK, workers=1)), list[str]()
        long = asyncio.create_task(_query(lanes, "a", 0.5, done))
        await asyncio.sleep(0.1)
        await _query(lanes, "b", 0.01, done)
        assert done == ["b"]
        assert (await long).slow

    _run(story)


def test_a_clients_second_long_query_is_stopped() -> None:
    async def story() -> None:
        lanes, done = Lanes(QUICK), list[str]()
        both = [asyncio.create_task(_query(lanes, "a", 0.3, done)) for _ in range(2)]
        first, second = await asyncio.gather(*both)
        stopped = [t.stopped for t in (first, second) if t.stopped]
        assert len(stopped) == 1
        assert isinstance(stopped[0], HttpError)
        assert stopped[0].status == 429

    _run(story)


def test_too_many_that_wait_are_sent_away() -> None:
    async def story() -> None:
        lanes, done = Lanes(replace(QUICK, slow_s=9)), list[str]()
        running = [asyncio.create_task(_query(lanes, "x", 0.2, done)) for _ in range(2)]
        await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(_query(lanes, "a", 0, done)) for _ in range(2)]
        await asyncio.sleep(0.01)
        with pytest.raises(HttpError) as mine:
            await _query(lanes, "a", 0, done)
        assert mine.value.status == 429
        waiting += [asyncio.create_task(_query(lanes, "b", 0, done)) for _ in range(2)]
        await asyncio.sleep(0.01)
        with pytest.raises(LimitError) as everybodys:
            await _query(lanes, "c", 0, done)
        assert everybodys.value.limit == "queue"
        await asyncio.gather(*running, *waiting)
        assert (lanes.running, lanes.waiting) == (0, 0)

    _run(story)


def test_one_that_has_waited_too_long_or_goes_away_leaves_no_place_taken() -> None:
    async def story() -> None:
        lanes, done = Lanes(replace(QUICK, workers=1, slow_s=9, wait_s=0.1)), list[str]()
        running = asyncio.create_task(_query(lanes, "x", 0.3, done))
        await asyncio.sleep(0.01)
        gone = asyncio.create_task(_query(lanes, "a", 0, done))
        await asyncio.sleep(0.01)
        gone.cancel()
        with pytest.raises(LimitError):
            await _query(lanes, "b", 0, done)
        await running
        assert (lanes.running, lanes.waiting) == (0, 0)
        await _query(lanes, "c", 0, done)

    _run(story)


def test_a_query_that_waits_for_the_processor_is_not_taken_for_a_long_one() -> None:
    class Waiting:
        cpu_s, runnable = 3.0, True

        def demote(self) -> None:
            raise AssertionError("it was sent to the slow lane")

    class Working(Waiting):
        demoted = False

        def demote(self) -> None:
            self.demoted = True

    async def story() -> None:
        lanes = Lanes(replace(QUICK, workers=1, slow_s=0.05))
        async with lanes.place("a") as ticket:
            ticket.take(Waiting())  # type: ignore[arg-type]
            await asyncio.sleep(0.2)
            assert not ticket.slow
        worker = Working()
        async with lanes.place("a") as ticket:
            ticket.take(worker)  # type: ignore[arg-type]
            worker.cpu_s = 4.0
            await asyncio.sleep(0.2)
            assert (ticket.slow, worker.demoted) == (True, True)
        async with lanes.place("a") as ticket:
            ticket.waits = True  # for a worker
            await asyncio.sleep(0.2)
            assert not ticket.slow
        beginning = Waiting()
        beginning.runnable = False  # it has had no processor to read the query with
        async with lanes.place("a") as ticket:
            ticket.take(beginning)  # type: ignore[arg-type]
            await asyncio.sleep(0.2)
            assert not ticket.slow
        reading = Working()
        reading.runnable = False  # its client takes the answer slowly
        async with lanes.place("a") as ticket:
            ticket.take(reading)  # type: ignore[arg-type]
            ticket.elsewhere = True
            await asyncio.sleep(0.2)
            assert (ticket.slow, reading.demoted) == (True, True)
        assert lanes.running == 0

    _run(story)
