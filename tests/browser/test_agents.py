"""Agents in a browser: registered by keys alone, seen as they work, changed, compared and put back, and made into teams."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.async_api import Page, expect

from tests.browser.looking import THEMES, OpenPage, axe, go


async def register(by_api: httpx.AsyncClient, name: str, **fields: object) -> None:
    made = await by_api.post("/v1/agents", json={"name": name, "model": "gpt-4o", **fields})
    assert made.status_code == 201, made.text


async def defined(by_api: httpx.AsyncClient, name: str) -> dict[str, object]:
    return (await by_api.get(f"/v1/agents/{name}")).json()


async def test_an_agent_is_registered_by_keys_alone_and_what_is_wrong_is_said_at_its_place(page: Page, by_api, witness):
    witness.expect("status of 422")
    await go(page, "/agents")
    await page.get_by_role("heading", name="No agent yet").wait_for()
    keys = page.keyboard
    await keys.press("c")
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await keys.type("Rune 1")
    await keys.press("Enter")
    await expect(page.get_by_label("Name", exact=True)).to_have_accessible_description(re.compile("Lower-case letters"))
    await expect(page.get_by_label("Name", exact=True)).to_be_focused()
    await keys.press("Control+a")
    await keys.type("rune")
    await keys.press("Tab")
    await keys.type("gpt-4o")
    await expect(page.get_by_label("Model", exact=True)).to_have_accessible_description(re.compile(r"\$10\.00 out"))

    await page.get_by_role("combobox", name="Tools").focus()
    await keys.type("refund")
    await page.get_by_role("option", name="issue_refund").wait_for()
    await keys.press("Enter")
    await expect(page.get_by_role("list", name="Chosen: tools")).to_contain_text("money")
    await page.get_by_text("Limits, other agents").focus()
    await keys.press("Enter")
    await page.get_by_label("Time of work").focus()
    await keys.type("2 moons")
    await keys.press("Enter")
    await expect(page.get_by_label("Time of work")).to_have_accessible_description(re.compile("2 moons"))
    await expect(page.get_by_label("Time of work")).to_be_focused()
    await keys.press("Control+a")
    await keys.type("2h")
    await keys.press("Enter")

    await page.get_by_role("heading", name="rune").wait_for()
    made = await defined(by_api, "rune")
    assert (made["model"], made["tools"], made["limits"]["wall_time"]) == ("gpt-4o", ["issue_refund"], "2h")  # type: ignore[index]


async def test_the_list_shows_who_does_what_as_it_changes_and_is_narrowed_in_its_address(page: Page, by_api):
    await register(by_api, "zoe")
    await go(page, "/agents")
    await page.get_by_role("row", name=re.compile("zoe")).wait_for()
    await register(by_api, "atlas", tools=["lookup_order", "issue_refund"], model="claude-sonnet-4.5")
    await page.get_by_role("row", name=re.compile("atlas")).wait_for()
    await by_api.patch("/v1/agents/atlas", json={"budget": "5.00/day"})
    row = page.get_by_role("row", name=re.compile("atlas"))
    await expect(row).to_contain_text("of $5.00 a day")
    await by_api.post("/v1/tasks", json={"title": "Refund ORD-9218", "description": "Refund $420.", "assignee": {"agent": "atlas"}})
    frames = {"after": 0, "data": [{"event": ""}]}
    while "run.suspended" not in (frame["event"] for frame in frames["data"]):
        frames = (await by_api.get("/v1/tasks/FF-1/frames", params={"after": frames["after"], "wait": 20})).json()
    await expect(row).to_contain_text("needs you")
    await expect(row).to_contain_text("issue_refund order_id")
    await expect(row).to_contain_text(re.compile(r"\$0\.0\d+"))

    await page.get_by_role("button", name="needs a person 1").click()
    await expect(page).to_have_url(re.compile(r"\?status=needs$"))
    await expect(page.get_by_role("row", name=re.compile("zoe"))).to_have_count(0)
    await page.get_by_role("button", name="needs a person 1").click()

    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("p")
    await page.get_by_label("Why (optional)").fill("too friendly")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("row", name=re.compile("zoe"))).to_contain_text("too friendly")
    await page.get_by_role("button", name="Resume zoe").click()
    await expect(page.get_by_role("button", name="Pause zoe")).to_be_visible()


async def test_a_definition_is_changed_compared_and_gone_back_to(page: Page, by_api):
    await register(by_api, "atlas", instructions="Refund at most 300 dollars.", skills=["review"])
    await go(page, "/agents/atlas?view=definition")
    await page.get_by_text("Refund at most 300 dollars.", exact=True).wait_for()
    await page.keyboard.press("e")
    await page.get_by_label("Instructions").fill("Refund at most 100 dollars.")
    await page.get_by_label("Budget, in dollars").fill("2.50")
    await page.get_by_label("Why (optional)").fill("smaller refunds")
    await expect(page.get_by_text("2 fields are changed.")).to_be_visible()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name=re.compile("Revision 2 now.*smaller refunds")).click()

    changes = page.get_by_role("list", name="Changes")
    await expect(changes.get_by_role("row", name=re.compile("taken out Refund at most 300"))).to_be_visible()
    await expect(changes).to_contain_text("2.50/day")
    await page.get_by_role("link", name=re.compile("Revision 1")).click()
    await page.get_by_role("button", name="Go back to it").click()
    await page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    await page.get_by_role("link", name=re.compile("Revision 3 now.*back to revision 1")).wait_for()
    back = await defined(by_api, "atlas")
    assert (back["instructions"], back["budget"], back["skills"]) == ("Refund at most 300 dollars.", None, ["review"])


async def test_who_edits_what_somebody_else_has_changed_is_told_and_keeps_what_they_wrote(page: Page, by_api, witness):
    witness.expect("status of 412")
    await register(by_api, "atlas")
    await go(page, "/agents/atlas?view=definition&edit=1")
    await page.get_by_label("Instructions").fill("Mine.")
    await page.get_by_role("navigation").get_by_role("link", name="Runs").first.click()
    await page.get_by_role("heading", level=1, name="Runs").wait_for()
    await page.go_back()
    await expect(page.get_by_text("You have begun this before.")).to_be_visible()
    await expect(page.get_by_label("Instructions")).to_have_value("Mine.")
    await by_api.patch("/v1/agents/atlas", json={"description": "Theirs."})
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Keep what I wrote").click()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("link", name=re.compile("Revision 3 now")).wait_for()
    assert (await defined(by_api, "atlas"))["instructions"] == "Mine."


async def test_a_team_is_made_changed_and_deleted(page: Page, by_api, witness):
    witness.expect("status of 422")
    for name in ("atlas", "maya", "zoe"):
        await register(by_api, name)
    await go(page, "/agents?view=teams")
    await page.get_by_role("button", name="Make a team").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Make the team").click()
    await expect(dialog.get_by_label("Name")).to_be_focused()
    await page.keyboard.type("support")
    await choose(page, "Lead", "atlas")
    await choose(page, "Members", "maya")
    await dialog.get_by_role("button", name="Make the team").click()
    await page.get_by_role("heading", name="support").wait_for()

    await page.keyboard.press("e")
    await choose(page, "Members", "zoe")
    await page.get_by_label("Levels of cards").fill("9")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_label("Levels of cards")).to_be_focused()
    await page.get_by_label("Levels of cards").fill("2")
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("Revision 2 now").click()
    await expect(page.get_by_role("list", name="Changes")).to_contain_text("zoe")
    await page.get_by_role("button", name="Go back to it").click()
    await page.get_by_text("Revision 3 now").wait_for()
    assert (await by_api.get("/v1/teams/support")).json()["members"] == ["maya"]

    await page.get_by_role("button", name="More of support").click()
    await page.get_by_role("menuitem", name="Delete…").click()
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await page.get_by_role("heading", name="No team yet").wait_for()


async def choose(page: Page, label: str, name: str) -> None:
    await page.get_by_role("combobox", name=label).click()
    await page.get_by_role("option", name=name).click()


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_wrong_with_agents_and_teams(open_page: OpenPage, by_api, theme):
    page = await open_page(color_scheme=theme, reduced_motion="reduce")
    await go(page, "/agents")
    await page.get_by_role("button", name="Register a sample agent").wait_for()
    found = {"empty": await axe(page)}
    await page.get_by_role("button", name="Register a sample agent").click()
    await page.get_by_role("heading", name="atlas").wait_for()
    await register(by_api, "maya", budget="2.00/day", skills=["review"], tools=["issue_refund"], output={"type": "object"})
    await by_api.patch("/v1/agents/maya", json={"instructions": "Read twice.", "tools": []})
    await by_api.post("/v1/agents/maya/pause", json={"reason": "she reads too much"})
    await by_api.post("/v1/teams", json={"name": "support", "lead": "atlas", "members": ["maya"], "instructions": "Ask maya."})

    for path, ready in (
        ("/agents", "she reads too much"),
        ("/agents?new=1", "Limits, other agents"),
        ("/agents?view=teams", "support"),
        ("/agents?view=teams&team=support", "Revision 1"),
        ("/agents?view=teams&new=1", "Levels of cards"),
        ("/agents/maya?view=definition", "Revision 1"),
        ("/agents/maya?view=definition&revision=2", "taken out:"),
        ("/agents/maya?view=definition&edit=1", "Nothing is changed yet."),
    ):
        await turn_to(page, path)
        await page.get_by_text(ready).first.wait_for()
        if "new=1" in path or "edit=1" in path:
            more = page.get_by_text("Limits, other agents")
            if await more.count():
                await more.click()
        found[path] = await axe(page)

    assert {place: wrong for place, wrong in found.items() if wrong} == {}


async def turn_to(page: Page, path: str) -> None:
    """Another address without loading everything anew, as the way back does it."""
    await page.evaluate("path => { history.pushState(null, '', path); dispatchEvent(new PopStateEvent('popstate')); }", path)
    await page.wait_for_url(f"**{path}")
