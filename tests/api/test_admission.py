"""Whose turn it is: nobody stands behind all of another tenant's requests."""

from __future__ import annotations

import asyncio

import pytest

from flowforge.api import admission
from flowforge.api.admission import Turns
from flowforge.api.app import create_app
from flowforge.api.problem import Refusal
from flowforge.clock import SystemClock


class Hand(SystemClock):
    seconds = 100.0

    def monotonic(self) -> float:
        return self.seconds


class Server:
    """Turns, and who has got one, in order."""

    def __init__(self, **given) -> None:
        self.clock = Hand()
        self.turns = Turns(self.clock, **given)
        self.begun: list[str] = []
        self.held: list[admission.Turn] = []
        self.asking: list[asyncio.Task[None]] = []

    async def ask(self, *who: str) -> None:
        for whose in who:
            self.asking.append(asyncio.create_task(self._ask(whose)))
        await self.settle()

    async def answer(self, whose: str) -> None:
        turn = next(turn for turn in self.held if turn.whose == whose)
        self.held.remove(turn)
        self.turns.give_back(turn)
        await self.settle()

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def _ask(self, whose: str) -> None:
        self.held.append(await self.turns.take(whose))
        self.begun.append(whose)


async def test_alone_a_tenant_has_every_place():
    server = Server(at_once=4)
    await server.ask(*"aaaaaa")

    assert server.begun == list("aaaa")
    await server.answer("a")
    assert server.begun == list("aaaaa")


async def test_who_comes_second_is_next_though_many_wait():
    server = Server(at_once=2)
    await server.ask(*"aaaaaaaaaa", "b")
    assert server.begun == list("aa")
    await server.answer("a")

    assert server.begun == list("aab")


async def test_while_others_ask_a_tenants_requests_begin_one_after_the_other():
    server = Server(at_once=8)
    await server.ask("b", *"aaaa")

    assert server.begun == ["b", "a"]
    await server.answer("a")
    assert server.begun == ["b", "a", "a"]


async def test_what_shares_a_connection_begins_side_by_side_and_leaves_half_of_the_places_to_others():
    server = Server(at_once=4, one_by_one=False)
    await server.ask(*"b", *"aaaa")

    assert server.begun == list("baa")
    await server.ask("b")
    assert server.begun == list("baab")
    await server.answer("b")
    await server.answer("a")
    assert server.begun == list("baaba")


async def test_tenants_take_turns():
    server = Server(at_once=1)
    await server.ask(*"aaabbbccc")
    for _ in range(8):
        await server.answer(server.held[0].whose)

    assert server.begun == list("abcabcabc")


async def test_one_that_is_slow_does_not_hold_up_its_own_tenant_for_ever(monkeypatch):
    monkeypatch.setattr(admission, "SLOW_SECONDS", 0.001)
    server = Server(at_once=4)
    await server.ask("b", *"aaaa")
    async with asyncio.timeout(5):
        while len(server.begun) < 3:
            await asyncio.sleep(0)

    assert server.begun == ["b", "a", "a"]
    async with asyncio.timeout(5):
        while server.turns._quick:
            await asyncio.sleep(0)
    assert server.begun == ["b", "a", "a"]  # half of the places are its most


async def test_who_has_many_waiting_lets_others_end_first_but_not_for_ever():
    server = Server(at_once=4)
    await server.ask("b", *"aaaaaaaaaaaa")
    await server.answer("a")
    assert server.begun == ["b", "a"]
    await server.answer("b")
    assert server.begun == ["b", "a", "a"]
    await server.ask("b")
    await server.answer("a")
    assert server.begun == ["b", "a", "a", "b"]
    server.clock.seconds += admission.YIELD_SECONDS
    await server.ask("c")
    await server.answer("c")
    assert server.begun == ["b", "a", "a", "b", "c", "a"]


async def test_when_the_others_have_gone_it_has_every_place_again():
    server = Server(at_once=4)
    await server.ask("b", *"aaaa")
    await server.answer("b")
    server.clock.seconds += admission.OTHERS_SECONDS + 0.1
    await server.ask("a")
    await server.answer("a")

    assert server.begun == list("baaaaa")


async def test_who_goes_away_while_waiting_takes_no_turn():
    server = Server(at_once=1)
    await server.ask(*"aab")
    server.asking[1].cancel()
    await server.settle()
    await server.answer("a")
    await server.answer("b")

    assert server.begun == ["a", "b"] and server.turns.free == 1


async def test_who_goes_away_in_the_moment_of_their_turn_hands_it_on():
    server = Server(at_once=1)
    await server.ask(*"abc")
    server.turns.give_back(server.held.pop())
    server.asking[1].cancel()
    await server.settle()

    assert server.begun == ["a", "c"]


async def test_a_place_is_given_back_once():
    server = Server(at_once=1)
    await server.ask("a")
    for _ in range(3):
        server.turns.give_back(server.held[0])

    assert server.turns.free == 1


async def test_there_is_an_end_to_waiting():
    server = Server(at_once=1, waiting_max=2)
    await server.ask(*"aaa")

    with pytest.raises(Refusal, match="2 requests of the tenant are waiting already") as refusal:
        await server.turns.take("a")
    assert refusal.value.problem.status == 429
    await server.ask("b")
    await server.answer("a")
    assert server.begun == ["a", "b"]


async def test_requests_give_their_places_back(app, api, monkeypatch):
    turns = []

    class Seen(Turns):
        def __init__(self, *args, **kwargs) -> None:
            super().__init__(*args, **kwargs)
            turns.append(self)

        async def take(self, whose):
            turn = await super().take(whose)
            taken.append(self.free)
            return turn

    taken: list[int] = []
    monkeypatch.setattr(admission, "Turns", Seen)
    fresh = create_app(app.state.database, settings=app.state.settings, bell=app.state.bell)
    api._transport.app = fresh
    answers = [await api.get("/v1/runs"), await api.get("/v1/runs/none"), await api.post("/v1/agents", json=[]), await api.get("/healthz")]

    assert [answer.status_code for answer in answers] == [200, 404, 422, 200]
    assert taken == [7, 7, 7] and turns[0].free == 8
    events = [{"name": "order/created", "data": {"note": "x" * 500}}] * 70
    assert [(await api.post("/events", json=sent)).status_code for sent in (events[0], events)] == [202, 202]
    assert taken == [7, 7, 7, 63, 7] and [one.free for one in turns] == [8, 64]
