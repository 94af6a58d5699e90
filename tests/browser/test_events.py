"""Events and functions: what came in, what it started and what not, and starting things by hand."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import expect

from tests.browser.looking import THEMES, asked_while_idle, at_rest, axe, go


async def send(by_api, name, **data):
    answer = await by_api.post("/v1/events", json={"name": name, "data": data})
    return answer.json()["data"][0]


async def test_an_event_says_what_it_started_and_why_the_rest_did_not_start(page, by_api):
    await send(by_api, "order/created", order_id="ORD-1", total=420)
    await go(page, "/events")
    await page.get_by_role("link", name="order/created").click()

    answers = page.get_by_role("listitem")
    ran = answers.filter(has_text="process_order")
    await expect(ran).to_contain_text("done")
    await expect(answers.filter(has_text="review_large_order")).to_contain_text("event.data.total > 1000 was false (total is 420)")
    await expect(page.get_by_label("Data", exact=True)).to_contain_text("ORD-1")

    await page.get_by_role("combobox", name="Why not another function?").fill("route")
    await page.get_by_role("option", name=re.compile("route_parcel")).click()
    await expect(answers.filter(has_text="route_parcel")).to_contain_text("listens to parcel/handed_in, not to order/created")
    assert "fn=route_parcel" in page.url


async def test_an_event_is_sent_from_a_form_made_of_its_functions_type(page):
    await go(page, "/events")
    await page.get_by_text("No event has come in yet").wait_for()
    await page.keyboard.press("c")
    await page.get_by_label("Name", exact=True).fill("parcel/handed_in")
    await page.get_by_label("parcel_id").wait_for()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_label("parcel_id")).to_be_focused()  # it is needed

    await page.get_by_label("parcel_id").fill("P-7")
    await page.get_by_label("weight").fill("2.5")
    await page.keyboard.press("Control+Enter")
    sent = page.get_by_role("dialog", name="Sent")
    await expect(sent).to_contain_text("began one run")
    await expect(sent.get_by_role("link", name=re.compile("^✓?done"))).to_be_visible()

    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="parcel/handed_in")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("link", name="parcel/handed_in")).to_be_visible()


async def test_new_events_come_in_above_and_nothing_is_asked_for_meanwhile(page, by_api, witness):
    await send(by_api, "order/created", order_id="ORD-1")
    await go(page, "/events")
    rows = page.get_by_role("link", name="order/created")
    await expect(rows).to_have_count(1)

    await send(by_api, "order/created", order_id="ORD-2")
    await expect(rows).to_have_count(2)
    await send(by_api, "order/unheard-of")
    await expect(page.get_by_role("link", name="order/unheard-of")).to_be_visible()
    await at_rest(witness)
    assert await asked_while_idle(witness, 1.0) == []


async def test_a_paused_function_keeps_what_is_invoked_until_it_goes_on(page):
    await go(page, "/functions/route_parcel")
    await page.get_by_role("button", name="Pause", exact=True).click()
    await page.get_by_label("Why (optional)").fill("no vans")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Paused by operator: no vans.")).to_be_visible()
    await expect(page.get_by_text("3 at once")).to_be_visible()

    await page.get_by_role("button", name="Invoke").click()
    await page.get_by_label("parcel_id").fill("P-8")
    await page.get_by_label("weight").fill("1")
    await page.keyboard.press("Control+Enter")
    begun = page.get_by_role("dialog", name="Begun")
    await expect(begun).to_contain_text("queued")
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Go on").click()
    await expect(page.get_by_role("row").filter(has_text="done")).to_have_count(1)
    await expect(page.get_by_text("0 of 1")).to_be_visible()


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_on_events_and_functions(open_page, by_api, theme):
    sent = await send(by_api, "order/created", order_id="ORD-1", total=420)
    await by_api.put("/v1/functions/process_order/pause", json={"reason": "no vans"})
    await send(by_api, "order/created", order_id="ORD-2")
    page = await open_page(color_scheme=theme, reduced_motion="reduce")

    for path, ready in (
        ("/events", "order/created"),
        ("/events?send=parcel/handed_in", "parcel_id"),
        (f"/events/{sent['id']}", "What it started"),
        ("/functions", "route_parcel"),
        ("/functions/process_order", "What starts it"),
        ("/functions?view=queue", "no vans"),
    ):
        await go(page, path)
        await page.get_by_text(ready).first.wait_for()
        assert await axe(page) == [], path
