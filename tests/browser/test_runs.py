"""Runs in a browser: one that fails is found, understood and replayed, one that waits is followed to its end, all of it also by keys."""

from __future__ import annotations

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import THEMES, OpenPage, asked_while_idle, at_rest, axe, go

ENDED = ("completed", "failed", "cancelled")


async def send(by_api: httpx.AsyncClient, name: str, **data: object) -> None:
    answer = await by_api.post("/v1/events", json={"name": name, "data": data})
    assert answer.status_code < 300, answer.text


async def begin(by_api: httpx.AsyncClient, **data: object) -> str:
    """Start an order's run, and give its id."""
    answer = await by_api.post("/v1/functions/process_order/runs", json={"input": data})
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


async def ended(by_api: httpx.AsyncClient, run: str) -> dict:
    """The run, once it is over: asked for with its stream's last frame."""
    frames = {"over": False, "after": 0}
    while not frames["over"]:
        frames = (await by_api.get(f"/v1/runs/{run}/frames", params={"after": frames["after"], "wait": 20})).json()
    return (await by_api.get(f"/v1/runs/{run}")).json()


async def test_a_failed_run_is_found_understood_and_replayed_with_another_input(page: Page, by_api):
    await go(page, "/runs")
    await page.get_by_text("Nothing has run yet").wait_for()

    await send(by_api, "order/created", total=420)  # without an order_id: its first step fails
    row = page.get_by_role("row").filter(has_text="process_order")
    await expect(row.get_by_text("failed")).to_be_visible()
    await row.get_by_role("link", name="process_order").click()

    why = page.get_by_role("region", name="Why it failed")
    await expect(why).to_contain_text("KeyError")
    await expect(why).to_contain_text("app.py:")
    await why.get_by_role("button", name="Go to the step").click()
    await expect(page).to_have_url(page.url.partition("?")[0] + "?step=validate")

    await page.get_by_role("button", name="Replay from here").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("With another input").check()
    await dialog.get_by_role("textbox", name="Input").fill('{"order_id": "ORD-9218", "total": 420}')
    await expect(dialog.get_by_role("listitem").filter(has_text="validate")).to_be_visible()
    origin = page.url
    await dialog.get_by_role("button", name="Replay").click()

    await page.wait_for_url(lambda url: url.partition("?")[0] != origin.partition("?")[0])
    await expect(page.get_by_role("status").filter(has_text="done")).to_be_visible()
    await expect(page.get_by_text('"shipped": true')).to_be_visible()
    await page.get_by_role("link", name="compare").click()
    await expect(page.get_by_text("2 of 2 steps differ.")).to_be_visible()


async def test_a_run_that_waits_is_followed_to_its_end_without_a_reload(page: Page, by_api, witness):
    run = await begin(by_api, order_id="ORD-7", total=20, wait=True)
    await go(page, f"/runs/{run}")
    await page.get_by_role("row", name="payment").get_by_text("waiting, times out").wait_for()
    await at_rest(witness)
    assert await asked_while_idle(witness, 1.5) == []

    await send(by_api, "payment/settled", order_id="ORD-7")

    await expect(page.get_by_role("row", name="ship")).to_be_visible()
    await expect(page.get_by_role("status").filter(has_text="done")).to_be_visible()
    steps = (await by_api.get(f"/v1/runs/{run}/steps")).json()["data"]
    lines = page.get_by_role("treegrid", name="Steps").locator("[aria-level]")
    await expect(lines).to_have_count(len(steps))
    await page.get_by_role("row", name="ship").click()
    await expect(page.get_by_role("region", name="Step ship").get_by_text('"shipped": true')).to_be_visible()


async def test_everything_can_be_done_by_keyboard_alone(page: Page, by_api):
    older = await ended(by_api, await begin(by_api, order_id="ORD-1"))
    newer = await ended(by_api, await begin(by_api))
    await go(page, "/runs")
    await page.get_by_role("link", name="process_order").first.wait_for()

    await page.keyboard.press("j")
    await expect(page.get_by_role("link", name="process_order").first).to_be_focused()
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name=newer["label"]).wait_for()
    await page.keyboard.press("]")
    await page.get_by_role("heading", name=older["label"]).wait_for()
    await page.get_by_role("row", name="validate").wait_for()

    await page.keyboard.press("j")
    await page.wait_for_url("**?step=validate")
    await page.get_by_role("treegrid", name="Steps").focus()
    await page.keyboard.press("ArrowDown")
    await page.wait_for_url("**?step=ship")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="ship")).to_be_focused()
    await page.keyboard.press("Escape")
    await page.wait_for_url(f"**/runs/{older['id']}")
    await page.keyboard.press("f")
    await page.keyboard.press("Shift+R")
    await expect(page.get_by_role("dialog", name=f"Replay {older['label']}")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.wait_for_url("**/runs")


async def test_failures_are_dismissed_by_hand_and_all_at_once(page: Page, by_api):
    labels = [(await ended(by_api, await begin(by_api, total=number)))["label"] for number in range(3)]
    await go(page, "/runs?state=failed&dismissed=no")
    await page.get_by_role("button", name=f"Dismiss {labels[0]}").click()
    await expect(page.get_by_role("button", name=f"Put back {labels[0]}")).to_be_visible()

    for key in "kkx":  # from the one that was dismissed, the oldest, up to the newest
        await page.keyboard.press(key)
    chosen = page.get_by_role("region", name="Chosen runs")
    await expect(chosen).to_contain_text("1 run chosen")
    await chosen.get_by_role("button", name="Dismiss").click()
    await expect(page.get_by_role("button", name=f"Put back {labels[2]}")).to_be_visible()

    await chosen.get_by_role("button", name="Act on all that fit…").click()
    await page.get_by_role("menuitem", name="Dismiss all that fit…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Dismiss 1 run").click()
    await expect(dialog).to_contain_text("1 run dismissed.")
    await dialog.get_by_role("button", name="Close").last.click()
    await expect(page.get_by_text("Nothing has failed that somebody has not seen to.")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
async def test_no_page_of_runs_keeps_anybody_out(open_page: OpenPage, by_api, witness, theme):
    witness.expect(r"404 .*/v1/runs/00000000")  # the browser's own words on a run that is not there
    page = await open_page(color_scheme=theme)
    await go(page, "/runs")
    await page.get_by_text("Nothing has run yet").wait_for()
    assert await axe(page) == []

    failed = await ended(by_api, await begin(by_api))
    done = await ended(by_api, await begin(by_api, order_id="ORD-1"))
    waiting = await begin(by_api, order_id="ORD-2", wait=True)
    seen = {
        "/runs?state=failed&dismissed=no": "link:process_order",
        f"/runs/{failed['id']}?step=validate": "row:validate",
        f"/runs/{waiting}": "row:payment",
        f"/runs/{done['id']}/compare/{failed['id']}?step=validate": "heading:validate",
        "/runs/00000000": "heading:No such run",
    }
    for path, place in seen.items():
        role, _, name = place.partition(":")
        await go(page, path)
        await page.get_by_role(role, name=name).first.wait_for()  # type: ignore[arg-type]
        assert await axe(page) == [], path

    await go(page, f"/runs/{failed['id']}")
    await page.get_by_role("button", name="Log").click()
    await page.get_by_role("list", name="Lines of the log").get_by_text("gave up: ").wait_for()
    await page.keyboard.press("Shift+R")
    await page.get_by_role("dialog").get_by_role("heading", name="Runs again").wait_for()
    assert await axe(page) == []
