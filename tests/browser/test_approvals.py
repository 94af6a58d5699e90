"""The review queue and the inbox in a browser: decided by keys, edited, many at once, and gone where somebody else was faster."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import THEMES, OpenPage, axe, go


async def ask(by_api: httpx.AsyncClient, count: int = 1, tools: tuple[str, ...] = ("lookup_order", "issue_refund")) -> list[str]:
    """Let atlas ask for refunds of $420 and more. Returns the keys of their cards, once all of them wait."""
    made = await by_api.post("/v1/agents", json={"name": "atlas", "model": "claude-sonnet-4.5", "tools": list(tools), "concurrency": count})
    assert made.status_code == 201, made.text
    keys = []
    for number in range(count):
        task = {"title": f"Refund ORD-{9218 + number}", "description": f"Refund ${420 + number}.", "assignee": {"agent": "atlas"}}
        keys.append((await by_api.post("/v1/tasks", json=task)).json()["key"])
    for key in keys:
        await told(by_api, key, "run.suspended")
    return keys


async def told(by_api: httpx.AsyncClient, key: str, name: str) -> None:
    """Wait until a card's stream tells of this."""
    frames: dict[str, Any] = {"after": 0, "data": []}
    while name not in (frame["event"] for frame in frames["data"]):
        frames = (await by_api.get(f"/v1/tasks/{key}/frames", params={"after": frames["after"], "wait": 20})).json()


async def queue(by_api: httpx.AsyncClient, state: str = "pending") -> list[dict[str, Any]]:
    return (await by_api.get("/v1/approvals", params={"state": state})).json()["data"]


def waiting(page: Page) -> Any:
    return page.get_by_role("list", name="Approvals that wait, oldest first").get_by_role("link")


def headline(page: Page, words: str = "atlas wants to issue_refund") -> Any:
    return page.get_by_role("heading", name=words)


async def test_a_link_leads_to_the_call_and_one_held_key_approves_it(page: Page, by_api):
    await ask(by_api)
    [asked] = await queue(by_api)

    await go(page, f"/approvals/{asked['id'][-8:]}")
    await headline(page).wait_for()
    await expect(page.get_by_role("article")).to_contain_text("It cannot be undone.")
    await expect(page).to_have_title("(1) Approvals · FlowForge")
    await page.keyboard.press("a")  # too short for money
    await page.get_by_role("button", name="Press again to confirm").wait_for()
    assert len(await queue(by_api)) == 1

    await page.keyboard.press("Escape")
    await expect(page.get_by_role("button", name="Press again to confirm")).to_have_count(0)
    await page.get_by_role("link", name=re.compile("^For you")).focus()
    await page.keyboard.down("a")
    await headline(page, "Nothing waits for you").wait_for()
    await page.keyboard.up("a")
    [decided] = await queue(by_api, "approved")
    assert (decided["id"], decided["decision"]["edited_args"]) == (asked["id"], None)
    await expect(page).to_have_title("Approvals · FlowForge")


async def test_a_call_is_edited_in_place_and_approved_as_it_was_edited(page: Page, by_api):
    [key] = await ask(by_api)
    await go(page, "/board")
    await page.locator(f"[data-card={key}]").wait_for()
    await page.keyboard.press("g")
    await page.keyboard.press("p")
    await headline(page).wait_for()

    await page.keyboard.press("e")
    await page.get_by_label("amount").fill("30x")
    await expect(page.get_by_role("article")).to_contain_text("This is not a number.")
    await page.get_by_label("amount").fill("300")
    await expect(page.get_by_role("region", name="What you change")).to_contain_text("amount changedfrom 420→to 300")
    button = page.get_by_role("button", name="Approve with changes")
    await button.click()
    await page.get_by_role("button", name="Press again to confirm").wait_for()
    await page.wait_for_function("() => new Promise(done => setTimeout(() => done(true), 450))")  # sooner it is a double click
    await page.get_by_role("button", name="Press again to confirm").click()

    await headline(page, "Nothing waits for you").wait_for()
    [decided] = await queue(by_api, "approved")
    assert decided["decision"]["edited_args"] == {"order_id": "ORD-9218", "amount": 300}
    await page.get_by_role("link", name="Decided today").click()
    await expect(page.get_by_role("status").filter(has_text="Approved with changes by operator")).to_contain_text("420→to 300")


async def test_a_denial_tells_why_and_the_next_one_has_the_focus(page: Page, by_api):
    await ask(by_api, 2)
    await go(page, "/approvals")
    await headline(page).wait_for()
    rows = waiting(page)
    await expect(rows).to_have_count(2)

    await page.keyboard.press("r")
    await page.get_by_label("Why not?").fill("The parcel has arrived after all.")
    await page.keyboard.press("Control+Enter")

    await expect(rows).to_have_count(1)
    await expect(rows).to_be_focused()
    [denied] = await queue(by_api, "denied")
    assert denied["decision"]["reason"] == "The parcel has arrived after all."


async def test_what_another_decides_can_be_decided_no_more(page: Page, by_api):
    """How soon, `bench/dashboard.py` says."""
    await ask(by_api)
    [asked] = await queue(by_api)
    await go(page, f"/approvals/{asked['id'][-8:]}")
    await page.get_by_role("button", name="Approve").wait_for()
    denied = await by_api.post(f"/v1/approvals/{asked['id']}/decision", json={"approved": False, "reason": "no"})
    assert denied.status_code == 200
    await expect(page.get_by_role("status").filter(has_text="Denied by operator")).to_be_visible()
    await expect(page.get_by_role("button", name="Approve")).to_have_count(0)


async def test_several_are_decided_at_once_and_money_only_by_its_number(page: Page, by_api):
    await ask(by_api, 3)
    await go(page, "/approvals")
    await headline(page).wait_for()
    for _ in range(3):
        await page.keyboard.press("x")
        await page.keyboard.press("j")
    await page.get_by_role("button", name="Approve…").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("button", name="Approve 0")).to_be_disabled()

    faster = (await queue(by_api))[1]
    await by_api.post(f"/v1/approvals/{faster['id']}/decision", json={"approved": False})
    await dialog.get_by_label("To approve them too, type 3").fill("3")
    await dialog.get_by_role("button", name="Approve 3").click()

    answers = dialog.get_by_role("list", name="Answers").get_by_role("listitem")
    await expect(answers).to_have_count(3)
    await expect(answers.filter(has_text="operator has denied this already")).to_have_count(1)
    await dialog.get_by_role("button", name="Close").last.click()
    assert len(await queue(by_api, "approved")) == 2


async def test_a_question_is_answered_where_it_stands_and_its_item_leaves_the_inbox(page: Page, by_api):
    await by_api.post("/v1/users", json={"name": "operator"})
    await go(page, "/inbox")
    await headline(page, "Nothing is new").wait_for()

    made = await by_api.post("/v1/agents", json={"name": "nova", "model": "gpt-4o", "tools": ["ask_human"]})
    assert made.status_code == 201, made.text
    await by_api.post("/v1/tasks", json={"title": "Ask", "assignee": {"agent": "nova"}})
    await page.get_by_role("link", name="nova asks").click()
    await page.get_by_label("Your answer").fill("The new one.")
    await page.keyboard.press("Control+Enter")

    await expect(page.get_by_role("status").filter(has_text="answered by operator")).to_contain_text("The new one.")
    await page.get_by_role("link", name="Inbox", exact=True).last.click()
    await expect(page.get_by_role("link", name="nova asks")).to_have_count(0)
    await page.get_by_role("link", name="nova finished").focus()
    await page.keyboard.press("e")
    await expect(page.get_by_role("link", name="nova finished")).to_have_count(0)
    await page.get_by_role("link", name="Archive").click()
    await page.get_by_role("link", name="nova finished").wait_for()


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_wrong_with_approvals_and_the_inbox(open_page: OpenPage, by_api, theme):
    page = await open_page(color_scheme=theme, reduced_motion="reduce")
    await go(page, "/approvals")
    await page.get_by_text("What asks first").wait_for()
    found = {"empty": await axe(page)}
    await ask(by_api, 2)
    await headline(page).wait_for()
    found["card"] = await axe(page)
    await page.keyboard.press("e")
    await page.get_by_label("amount").fill("")
    found["edit"] = await axe(page)
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    found["deny"] = await axe(page)
    await page.get_by_label("Why not?").fill("no")
    await page.keyboard.press("Control+Enter")
    await expect(waiting(page)).to_have_count(1)
    await expect(waiting(page)).to_be_focused()  # until then the keys are those of the text
    await page.keyboard.press("x")
    await page.get_by_role("button", name="Approve…").click()
    await page.get_by_role("dialog").wait_for()
    found["bulk"] = await axe(page)
    for view, ready in (("today", "Denied by"), ("grants", "Everything is asked"), ("away", "Hand on")):
        await go(page, f"/approvals?view={view}")
        await page.get_by_text(ready).first.wait_for()
        found[view] = await axe(page)
    await go(page, "/inbox")
    await headline(page, "You have no inbox here").wait_for()
    await page.get_by_role("button", name="Add the user operator").click()
    await headline(page, "Nothing is new").wait_for()
    for view, ready in (("", "Nothing is new"), ("?view=questions", "No agent asks"), ("?view=mail", "At once")):
        await go(page, f"/inbox{view}")
        await page.get_by_text(ready).first.wait_for()
        found[f"inbox{view}"] = await axe(page)

    assert {place: wrong for place, wrong in found.items() if wrong} == {}
