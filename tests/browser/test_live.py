"""The live layer in a browser: one line for all tabs, silence while nothing happens, and nothing lost, doubled or out of order."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.development import Development
from tests.browser.looking import OpenPage, asked_while_idle, at_rest, go
from tests.browser.witness import Witness

KILLS = 20
EVENTS_A_SECOND = 200
BATCHES_A_SECOND = 10
AWAY = r"net::ERR_\w+"
# What the page that holds the line tells the other pages of its browser, as one of these would hear it.
OVERHEAR = """async () => {
  const [name] = (await navigator.locks.query()).held.map((lock) => lock.name).filter((name) => name.startsWith("flowforge.stream:"));
  window.overheard = [];
  window.channel = new BroadcastChannel(name);
  window.channel.onmessage = ({ data }) => data.kind === "frame" && window.overheard.push(data.frame);
}"""


def card(page: Page, key: str) -> Locator:
    return page.locator(f"[data-card={key}]")


async def keys_in(page: Page, name: str) -> list[str]:
    places = page.get_by_role("region", name=name, exact=True).locator("[data-card]")
    return await places.evaluate_all("all => all.map(one => one.dataset.card)")


async def make(by_api: httpx.AsyncClient, *titles: str, **more: Any) -> list[str]:
    answers = [await by_api.post("/v1/tasks", json={"title": title, **more}) for title in titles]
    return [answer.json()["key"] for answer in answers]


async def another_tab(page: Page, witness: Witness) -> Page:
    tab = await page.context.new_page()
    witness.watch(tab)
    return tab


async def asking_atlas(by_api: httpx.AsyncClient) -> dict[str, Any]:
    """Let atlas work on FF-1 until it has to ask. Returns the approval."""
    made = await by_api.post("/v1/agents", json={"name": "atlas", "model": "claude-sonnet-4.5", "tools": ["lookup_order", "issue_refund"]})
    assert made.status_code == 201, made.text
    await make(by_api, "Refund ORD-9218", description="Refund $420.", assignee={"agent": "atlas"})
    after, told = 0, list[str]()
    while "run.suspended" not in told:
        page = (await by_api.get("/v1/tasks/FF-1/frames", params={"after": after, "wait": 20})).json()
        after, told = page["after"], [*told, *(frame["event"] for frame in page["data"])]
    [approval] = (await by_api.get("/v1/approvals", params={"state": "pending"})).json()["data"]
    return approval


def lines(witness: Witness) -> int:
    """How often the tenant's stream was asked for."""
    return sum("/v1/stream?" in asked for asked in witness.requests)


async def test_tabs_share_one_line_and_the_next_one_takes_it_over(page: Page, by_api, witness):
    await make(by_api, "the first")
    tab = await another_tab(page, witness)
    for one in (page, tab):
        await go(one, "/board")
        await card(one, "FF-1").wait_for()

    await make(by_api, "for both")
    for one in (page, tab):
        await card(one, "FF-2").wait_for()
    assert lines(witness) == 1

    await tab.evaluate(OVERHEAR)
    await asyncio.gather(page.close(), make(by_api, *(f"while it changes hands {number}" for number in range(4))))
    await expect(tab.locator("[data-card]")).to_have_count(6)
    await make(by_api, "after it")
    await card(tab, "FF-7").wait_for()
    assert lines(witness) == 2


async def test_nothing_is_asked_for_while_nothing_happens(open_page: OpenPage, by_api, witness):
    approval = await asking_atlas(by_api)
    live = ["/board", f"/runs/{approval['run']}", "/agents/atlas", "/approvals", "/board/FF-1"]
    quiet = ["/runs", "/events", "/functions", "/agents", "/inbox", "/costs", "/skills", "/tools", "/audit", "/settings/board"]
    for paths in (live, quiet):
        page = await open_page()
        for number, path in enumerate(paths):
            tab = page if number == 0 else await another_tab(page, witness)
            await go(tab, path)
            await tab.get_by_role("heading", level=1).wait_for()
    await at_rest(witness)

    assert await asked_while_idle(witness) == []
    assert lines(witness) == 2  # one for each browser


async def test_what_two_people_move_at_once_ends_where_the_server_has_it_for_both(open_page: OpenPage, by_api):
    keys = await make(by_api, *(f"task {number}" for number in range(6)))
    one, other = await open_page(), await open_page()
    for page in (one, other):
        await go(page, "/board")
        await card(page, keys[-1]).wait_for()

    async def move(page: Page, moves: list[tuple[str, str]]) -> None:
        for key, digit in moves:
            await card(page, key).get_by_role("link").focus()
            await page.keyboard.press(digit)

    await asyncio.gather(
        move(one, [(key, "2") for key in keys] + [(key, "3") for key in keys[:3]]),
        move(other, [(key, "3") for key in reversed(keys)] + [(key, "4") for key in keys[2:]]),
    )

    async with asyncio.timeout(15):
        while True:
            seen = [{name: await keys_in(page, name) for name in ("Backlog", "Todo", "Doing", "Review")} for page in (one, other)]
            held = {
                name: [one["key"] for one in (await by_api.get("/v1/boards/FF/cards", params={"column": name})).json()["data"]]
                for name in seen[0]
            }
            if seen == [held, held] and sum(map(len, held.values())) == 6 and not held["Backlog"]:
                break
            await asyncio.sleep(0.1)


async def test_a_browser_that_was_offline_says_so_and_catches_up_without_a_reload(page: Page, by_api, witness):
    approval = await asking_atlas(by_api)
    witness.expect(AWAY)
    tab = await another_tab(page, witness)
    await go(tab, "/board")
    await card(tab, "FF-1").wait_for()
    await go(page, "/agents/atlas")
    said = page.get_by_role("region", name="What atlas does")
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    await expect(said.get_by_text("waits for a person")).to_be_visible()
    await expect(chip).to_have_text("live")
    await page.evaluate("window.stayed = true")

    await page.context.set_offline(True)
    await expect(chip).to_contain_text("reconnecting")
    decided = await by_api.post(f"/v1/approvals/{approval['id']}/decision", json={"approved": True})
    assert decided.status_code == 200, decided.text
    while (await by_api.get("/v1/tasks/FF-1")).json()["column"] != "Review":
        await asyncio.sleep(0.05)
    await expect(said.get_by_text("waits for a person")).to_be_visible()

    await tab.get_by_role("link", name="Events").click()
    await expect(card(tab, "FF-1")).to_be_visible()

    await page.context.set_offline(False)
    await expect(chip).to_have_text(re.compile(r"^live · caught up \d+ events$"))
    await expect(said.get_by_text("operator approved issue_refund")).to_be_visible()
    await expect(said.get_by_text("The run is over", exact=True)).to_be_visible()
    await expect(tab.get_by_role("heading", name="Events")).to_be_visible()
    assert await page.evaluate("window.stayed")


async def told(by_api: httpx.AsyncClient, after: int) -> list[tuple[int, str]]:
    """The tenant's log behind a number: what every page has to have heard, in this order."""
    found: list[tuple[int, str]] = []
    while True:
        page = (await by_api.get("/v1/frames", params={"after": after, "limit": 200})).json()
        found += [(frame["id"], frame["event"]) for frame in page["data"]]
        if page["after"] >= page["seq"]:
            return found
        after = page["after"]


async def send_until_taken(by_api: httpx.AsyncClient, events: list[dict[str, Any]]) -> None:
    """With ids of their own: what was taken before the answer was lost is not taken twice."""
    while True:
        try:
            answer = await by_api.post("/v1/events", json=events)
        except httpx.TransportError:
            await asyncio.sleep(0.1)
            continue
        if answer.status_code < 300:
            return
        assert answer.status_code in (429, 503), answer.text
        await asyncio.sleep(0.1)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_server_that_is_killed_twenty_times_under_load_loses_nothing_on_the_page(
    own_forge: Development, open_page: OpenPage, tenant: str, witness: Witness
):
    witness.expect(AWAY)
    witness.expect(r"status of 50\d")
    page = await open_page(base_url=own_forge.url)
    tab = await another_tab(page, witness)
    chip = page.get_by_role("button", name=re.compile("^Live updates"))
    for one in (page, tab):
        await go(one, "/runs")
        await one.get_by_text("Nothing has run yet").wait_for()
    await tab.evaluate(OVERHEAR)
    await expect(chip).to_have_text("live")
    await page.keyboard.press("Space")
    await expect(chip).to_contain_text("paused")

    sending, sent = asyncio.Event(), 0
    async with own_forge.client(tenant) as by_api:
        begun = (await by_api.get("/v1/frames", params={"limit": 1})).json()["seq"]

        async def load() -> None:
            nonlocal sent
            size = EVENTS_A_SECOND // BATCHES_A_SECOND
            while not sending.is_set():
                pause = asyncio.create_task(asyncio.sleep(1 / BATCHES_A_SECOND))
                events = [
                    {"name": "order/created" if number == 0 else "order/seen", "id": f"{sent}-{number}", "data": {"order_id": f"{sent}"}}
                    for number in range(size)
                ]
                await send_until_taken(by_api, events)
                sent += size
                await pause

        loading = asyncio.create_task(load())
        for _ in range(KILLS):
            newest = (await by_api.get("/v1/frames", params={"limit": 1})).json()["seq"]
            await tab.wait_for_function("newest => overheard.at(-1)?.id > newest + 20", arg=newest, timeout=60_000)
            await own_forge.kill()
            await own_forge.start()
            for one in (page, tab):  # whichever has the line does not wait any longer: more than 5,000 frames behind, it would begin anew
                await one.evaluate("dispatchEvent(new Event('online'))")
        sending.set()
        await loading
        while (await by_api.get("/v1/runs", params={"state": ["queued", "running"], "limit": 1})).json()["data"]:
            await asyncio.sleep(0.1)
        log = await told(by_api, begun)

        await tab.wait_for_function("last => overheard.at(-1)?.id >= last", arg=log[-1][0], timeout=60_000)
        heard = await tab.evaluate("overheard.filter(({ id }) => id !== null).map(({ id, name }) => [id, name])")
        assert [tuple(one) for one in heard] == log
        await expect(chip).to_have_text(f"paused · {len(log)} new")

        await page.keyboard.press("Space")
        runs = (await by_api.get("/v1/runs", params={"limit": 20})).json()["data"]
        await expect(page.get_by_role("row").filter(has_text=runs[0]["label"])).to_be_visible()
