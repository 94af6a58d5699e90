"""Settings by hand: the main act of each section, and what is shown once, never again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.looking import THEMES, axe, go, photograph

SECTIONS = {
    "board": "Columns", "people": "Who cards can be given to", "keys": "API keys", "secrets": "Secrets", "policies": "In code",
    "alerts": "Channels", "webhooks": "Deliveries", "retention": "Retention", "limits": "Limits of models", "privacy": "On record",
    "account": "Account", "appearance": "Density", "inbox": "Mail", "tenants": "Tenants", "about": "What is open now",
}  # fmt: skip
WAIT_MS = 10_000
SECRET = "sk-this-is-shown-to-nobody-0123456789"


async def open_section(page: Page, name: str, search: str = "") -> None:
    await go(page, f"/settings/{name}{search}")
    await page.locator(f"h2:text-is('{SECTIONS[name]}')").wait_for()  # also below a dialog


def rows(page: Page, table: str) -> Locator:
    return page.get_by_role("table", name=table, exact=True).get_by_role("row")


async def shown_once(page: Page) -> str:
    """What the dialog shows, which is then put away."""
    value = await page.get_by_role("dialog").locator("pre").inner_text()
    await page.get_by_role("button", name="I have kept it").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    assert value not in await page.content()
    return value


async def choose(page: Page, acts_of: str, act: str) -> None:
    await page.get_by_role("button", name=acts_of, exact=True).click()
    await page.get_by_role("menuitem", name=act).click()


async def test_a_column_is_added_with_a_limit_moved_by_the_keyboard_and_deleted_with_a_home_for_its_cards(page, by_api):
    await by_api.post("/v1/tasks", json={"title": "Write the notes", "column": "Todo"})
    await open_section(page, "board")
    await page.get_by_role("button", name="New column").click()
    await page.get_by_label("Name", exact=True).fill("Testing")
    await page.get_by_label("It is for").select_option("review")
    await page.get_by_label("At most so many cards").fill("3")
    await page.get_by_role("button", name="Add it").click()
    await expect(rows(page, "Columns of Board").last).to_contain_text("0 of 3")

    await page.get_by_role("button", name="Testing to the left").focus()
    for place in (5, 4):
        await page.keyboard.press("Enter")
        await expect(page.get_by_text(f"Testing is column {place} of 6")).to_have_count(1)
        await expect(page.get_by_role("button", name="Testing to the left")).to_be_focused()
    await expect(rows(page, "Columns of Board").nth(4)).to_contain_text("Testing")

    await choose(page, "Acts of the column Todo", "Delete…")
    await page.get_by_label("The cards go to").select_option("Testing")
    await page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_role("row", name="Testing")).to_contain_text("1 of 3")
    assert (await by_api.get("/v1/tasks/FF-1")).json()["column"] == "Testing"


@pytest.mark.long
async def test_cards_come_in_from_a_table_after_a_look_and_go_out_again(page, by_api):
    await open_section(page, "board")
    await page.get_by_role("button", name="Import cards").click()
    await page.get_by_label("Or written here").fill("title,column\nSync customer data,Todo\nAsk the bank,Nowhere\n")
    await page.get_by_role("button", name="Look what comes in").click()
    await expect(page.get_by_text("1 would be made · 0 there already · 1 refused")).to_be_visible()
    await page.get_by_role("button", name="Import 1 card").click()
    await expect(page.get_by_text("1 made · 0 there already")).to_be_visible()
    await page.get_by_role("button", name="Close").last.click()
    address = await page.get_by_role("link", name="All cards as CSV").get_attribute("href")
    assert "Sync customer data" in (await by_api.get(address)).text


async def test_a_key_is_made_shown_once_rotated_and_revoked(page):
    await open_section(page, "keys", "?new=1")
    await page.get_by_label("Name", exact=True).fill("ci")
    await page.get_by_role("checkbox", name="runs start").check()
    await page.get_by_role("button", name="Make the key").click()
    first = await shown_once(page)
    assert first.startswith("ffk_live_")
    await expect(page.get_by_role("row", name="ci")).to_contain_text("never")

    await choose(page, "Acts of the key ci", "Rotate…")
    await page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    second = await shown_once(page)
    assert second != first
    await expect(page.get_by_role("row", name="ci")).to_contain_text(f"{second[-4:]}, {first[-4:]}")

    await choose(page, "Acts of the key ci", "Revoke…")
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("No keys yet")).to_be_visible()
    await page.get_by_label("Revoked ones too").check()
    await expect(page.get_by_role("row", name="ci")).to_contain_text("revoked")


@pytest.mark.long
async def test_a_secret_is_set_anew_and_its_old_value_retired_and_none_is_ever_shown(page):
    await open_section(page, "secrets", "?new=1")
    await page.get_by_label("Name", exact=True).fill("stripe")
    await page.get_by_role("textbox", name="Value").fill(SECRET)
    await page.get_by_role("button", name="Set", exact=True).click()
    await page.get_by_text("version 1 · never used").click()
    await page.get_by_role("button", name="Set a new value").click()
    await page.get_by_role("textbox", name="Value").fill(SECRET[::-1])
    await page.get_by_role("button", name="Set", exact=True).click()
    await expect(rows(page, "Versions of stripe").nth(1)).to_contain_text("2 · in use")

    await page.get_by_role("button", name="Retire version 1").click()
    await page.get_by_role("dialog").get_by_role("button", name="Retire").click()
    await expect(rows(page, "Versions of stripe").nth(2)).to_contain_text("retired")
    assert SECRET not in await page.content() and SECRET[::-1] not in await page.content()


@pytest.mark.long
async def test_a_policy_is_written_its_mistake_told_at_its_place_and_mended(page, witness):
    witness.expect("status of 422")
    await open_section(page, "policies", "?new=1")
    await page.get_by_label("Name", exact=True).fill("refunds")
    await page.get_by_label("Tools").first.fill("issue_refund")
    await page.get_by_label("The call").select_option("deny")
    await page.get_by_label("Reason").fill("nobody refunds so much at once")
    await page.get_by_label("When").first.fill("args.amount >")
    await page.get_by_role("dialog").locator("[type=submit]").click()
    await expect(page.get_by_label("When").first).to_have_attribute("aria-invalid", "true")
    await page.get_by_label("When").first.fill("args.amount > 5000.0")
    await page.get_by_role("dialog").locator("[type=submit]").click()
    await expect(page.get_by_role("article", name="policy refunds")).to_contain_text("never runs")


@pytest.mark.long
async def test_a_channel_is_tried_and_a_rule_tells_it(page, witness):
    await open_section(page, "alerts")
    await page.get_by_role("button", name="New channel").click()
    await page.get_by_label("Name", exact=True).fill("on-call")
    await page.get_by_label("Address", exact=True).fill("http://127.0.0.1:1/nobody-is-here")
    await page.get_by_role("button", name="Add it").click()
    await page.get_by_role("button", name="Send a test to on-call").click()
    await expect(page.get_by_text("no answer: ")).to_be_visible()

    await page.get_by_role("button", name="New rule").click()
    await page.get_by_label("Name", exact=True).fill("orders-fail")
    await page.get_by_role("checkbox", name="on-call").check()
    await page.get_by_role("button", name="Watch this").click()
    await expect(page.get_by_role("row", name="orders-fail")).to_contain_text("3 runs failed within 10 min")


@pytest.fixture
async def receiver() -> AsyncIterator[str]:
    """The address of somebody who takes whatever is sent there."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\ntaken")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(take, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"


async def test_an_endpoint_takes_a_test_once_more_and_gets_another_key(page, receiver):
    await open_section(page, "webhooks", "?new=1")
    await page.get_by_label("Address").fill(receiver)
    await page.get_by_role("button", name="Add it").click()
    first = await shown_once(page)
    acts = f"Acts of {receiver}"
    await choose(page, acts, "Rotate its key…")
    await page.get_by_role("dialog").get_by_role("button", name="Rotate").click()
    assert await shown_once(page) != first

    await choose(page, acts, "Send a test")
    await expect(rows(page, "Deliveries").nth(1)).to_contain_text("✓", timeout=WAIT_MS)
    await page.get_by_role("button", name="Show the delivery of webhook.ping").click()
    await expect(rows(page, "Attempts").nth(1)).to_contain_text("taken")
    await page.get_by_role("button", name="Send it again").click()
    await expect(rows(page, "Deliveries").nth(1)).to_contain_text(re.compile("✓delivered2"), timeout=WAIT_MS)


@pytest.mark.long
async def test_somebody_is_invited_by_a_link_that_is_shown_once_and_taken_back(page):
    await open_section(page, "people", "?new=1")
    await page.get_by_label("E-mail address").fill("noor@example.com")
    await page.get_by_label("Role").select_option("approver")
    await page.get_by_role("button", name="Make the link").click()
    assert "/invitation?token=" in await shown_once(page)
    await rows(page, "Invitations").filter(has_text="noor@example.com").get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(page.get_by_text("Nobody is invited at the moment.")).to_be_visible()


@pytest.mark.long
async def test_what_is_held_about_a_person_is_found_and_erased(page, by_api):
    await by_api.post("/v1/tasks", json={"title": "Call ada@example.com back"})
    await by_api.post("/v1/events", json={"name": "parcel/lost", "data": {"mail": "ada@example.com"}})
    await open_section(page, "privacy")
    await page.get_by_role("textbox", name="Value").fill("ada@example.com")
    await page.get_by_role("button", name="Look what there is").click()
    await expect(rows(page, "What was found").nth(1)).to_be_visible()
    await page.get_by_role("button", name="Erase…").click()
    await page.get_by_role("button", name="Erase for good").click()
    await expect(page.get_by_text("The look after it found nothing any more.")).to_be_visible()
    assert (await by_api.get("/v1/tasks/FF-1")).json()["title"] == "[erased]"


@pytest.mark.long
async def test_less_is_kept_and_everything_paused_and_let_go_on(page, by_api):
    await open_section(page, "retention")
    await page.get_by_label("Finished runs").fill("7d")
    await expect(page.get_by_text("does not come back")).to_be_visible()
    async with page.expect_response("**/v1/retention"):
        await page.get_by_role("button", name="Save").click()
    assert (await by_api.get("/v1/retention")).json()["runs"] == "7d"

    await open_section(page, "limits")
    await page.get_by_role("button", name="Pause everything").click()
    await page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    await page.get_by_role("button", name="Let everything go on").click()
    await expect(page.get_by_text("Nothing is paused.")).to_be_visible()


@pytest.mark.long
async def test_a_tenant_is_made_suspended_and_deleted_by_its_name(page, tenant):
    name = f"{tenant}-other"
    await open_section(page, "tenants", "?new=1")
    await page.get_by_label("Name", exact=True).fill(name)
    await page.get_by_role("button", name="Make it").click()
    while await page.get_by_role("button", name="Show more").count():
        await page.get_by_role("button", name="Show more").click()
    await choose(page, f"Acts of the tenant {name}", "Suspend…")
    await page.get_by_role("dialog").get_by_role("button", name="Suspend").click()
    await expect(page.get_by_role("row", name=name)).to_contain_text("suspended")
    await choose(page, f"Acts of the tenant {name}", "Delete…")
    await expect(page.get_by_role("button", name="Delete for good")).to_be_disabled()
    await page.get_by_label(re.compile("Write")).fill(name)
    await page.get_by_role("button", name="Delete for good").click()
    await expect(page.get_by_role("row", name=name)).to_contain_text("deleted")


@pytest.mark.parametrize("theme", THEMES)
async def test_axe_finds_nothing_in_any_section(open_page, by_api, theme):
    for path, body in {
        "keys": {"name": "ci", "scopes": ["runs:read"]},
        "secrets": {"name": "stripe", "value": SECRET},
        "policies": {"name": "refunds", "rules": [{"tool": ["issue_refund"], "action": "deny", "reason": "nobody refunds"}]},
        "alert_channels": {"name": "on-call", "settings": {"kind": "webhook", "url": "https://hooks.example.com/x"}},
        "alert_rules": {"name": "stalled", "kind": "stalled_queue", "channels": ["on-call"]},
        "webhook_endpoints": {"url": "https://hooks.example.com/y", "events": ["run.failed"]},
    }.items():
        answer = await by_api.post(f"/v1/{path}", json=body)
        assert answer.is_success, answer.text
    page = await open_page(color_scheme=theme, reduced_motion="reduce")
    await open_section(page, "board")
    for name in SECTIONS:
        await page.locator(f"nav[aria-label=Settings] a[href='/settings/{name}']").click()
        await page.locator(f"h2:text-is('{SECTIONS[name]}')").wait_for()
        assert await axe(page) == [], name
    for name, opens, ready in (("keys", "New key", "Make the key"), ("policies", "New policy", "Another rule")):
        await page.locator(f"nav[aria-label=Settings] a[href='/settings/{name}']").click()
        await page.get_by_role("button", name=opens).click()
        await page.get_by_role("button", name=ready).wait_for()
        assert await axe(page) == [], opens
        await page.keyboard.press("Escape")


@pytest.mark.parametrize("name", ["board", "keys", "policies", "account", "about"])
async def test_settings_are_photographed(open_page, name):
    assert len(await photograph(open_page, f"settings-{name}", f"/settings/{name}", ready=f"h2:has-text('{SECTIONS[name]}')")) == 6
