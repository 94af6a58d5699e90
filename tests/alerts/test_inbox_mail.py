"""Mail from inboxes: a digest once in its period, single items at once, and nothing where nothing is unread."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

from flowforge import ids
from flowforge.access.account import add_account
from flowforge.access.membership import add_member
from flowforge.access.principal import Principal
from flowforge.alerts.channel import SmtpSettings
from flowforge.alerts.inbox_mail import DIGEST, look_for_mail, make_digests, send_one, tidy_inboxes
from flowforge.alerts.queries import sql
from flowforge.alerts.watch import look, watching
from flowforge.board.comment import comment
from flowforge.board.creation import NewTask, create_task
from flowforge.board.inbox_item import Choice, mark
from flowforge.board.inbox_setting import InboxSetting, put_setting
from flowforge.board.person import create_person

OSLO = "Europe/Oslo"


class Mailbox:
    def __init__(self):
        self.messages = []
        self.is_full = False

    async def handle_DATA(self, server, session, envelope):
        if self.is_full:
            return "452 later"
        self.messages.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox():
    """A mail server with one box, on a port of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    controller = Controller(Mailbox(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture
async def mira(database, tenant_id, alerts, mailbox):
    """Somebody who can sign in and watches FF-1, in a tenant that has a mail server."""
    await alerts.channel("ops", SmtpSettings(host="127.0.0.1", port=mailbox.port, tls="none", sender="forge@example.com", to=["o@x.no"]))
    async with database.pool.acquire() as connection, connection.transaction():
        account = await add_account(connection, "mira@example.com", "mira", None)
        person_id = await add_member(connection, tenant_id, account, "mira", "member")
    mira = Principal(tenant_id, "person", "mira", person_id)
    await create_task(database, mira, NewTask("Refund ORD-1"))
    return mira


@pytest.fixture
async def jonas(database, tenant_id):
    jonas = Principal(tenant_id, "person", "jonas")
    await create_person(database, jonas, "jonas")
    return jonas


def sent(mailbox):
    return [(message.rcpt_tos, message.content.decode().replace("\r\n", "\n")) for message in mailbox.handler.messages]


@pytest.mark.parametrize(
    ("setting", "after", "due"),
    [
        (InboxSetting("daily", time_zone=OSLO), "2026-11-22T06:59", "2026-11-22T07:00"),
        (InboxSetting("daily", time_zone=OSLO), "2026-11-22T07:00", "2026-11-23T07:00"),
        (InboxSetting("daily", time_zone=OSLO), "2026-03-28T08:00", "2026-03-29T06:00"),  # summer time has begun
        (InboxSetting("daily", hour=2, time_zone=OSLO), "2026-03-28T08:00", "2026-03-29T01:00"),  # an hour that there is not
        (InboxSetting("daily", hour=2, time_zone=OSLO), "2026-10-24T08:00", "2026-10-25T00:00"),  # one that there is twice
        (InboxSetting("weekly", weekday=1, time_zone=OSLO), "2026-11-23T07:00", "2026-11-30T07:00"),
        (InboxSetting("weekly", weekday=7, hour=23, time_zone="Pacific/Kiritimati"), "2026-11-22T08:59", "2026-11-22T09:00"),
        (InboxSetting("off"), "2026-11-22T06:59", None),
    ],
    ids=range(8),
)
def test_a_digest_is_due_at_the_hour_by_the_clock_on_the_wall(setting, after, due):
    found = setting.next_digest(datetime.fromisoformat(after).replace(tzinfo=UTC))
    assert found == (None if due is None else datetime.fromisoformat(due).replace(tzinfo=UTC))


async def test_a_digest_comes_once_in_its_period_and_tells_what_is_unread(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting("daily"))
    for text in ("@mira look", "and this"):
        await comment(database, jonas, "FF-1", text)
    await look_for_mail(database)
    assert sent(mailbox) == [], "it is not due yet"

    await alerts.advance(86_400)
    await asyncio.gather(*(make_digests(database) for _ in range(4)))
    await asyncio.gather(*(send_one(database) for _ in range(4)))
    await look_for_mail(database)
    [(to, text)] = sent(mailbox)
    assert to == ["mira@example.com"] and "Subject: 2 unread in your inbox" in text
    assert (
        "- jonas mentioned you on FF-1 Refund ORD-1\n  @mira look" in text and "- jonas commented on FF-1 Refund ORD-1\n  and this" in text
    )

    await alerts.advance(86_400)
    await look_for_mail(database)
    assert len(sent(mailbox)) == 2


@pytest.mark.thorough
async def test_no_digest_comes_where_nothing_is_unread_not_even_late(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting("daily"))
    await comment(database, jonas, "FF-1", "one")
    await mark(database, mira, "read", Choice(up_to=9))
    await alerts.advance(86_400)
    await look_for_mail(database)
    await comment(database, jonas, "FF-1", "two")
    await look_for_mail(database)
    assert sent(mailbox) == []


async def test_what_was_read_before_the_mail_goes_out_is_not_mailed(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting("daily", mail=("mentioned",)))
    await comment(database, jonas, "FF-1", "@mira look")
    await alerts.advance(86_400)
    await make_digests(database)
    await mark(database, mira, "read", Choice(up_to=9))
    assert [await send_one(database) for _ in range(3)] == [True, True, False]
    assert sent(mailbox) == []
    assert await database.pool.fetchval("select count(*) from flowforge.inbox_mail where due is not null or sent_at is not null") == 0


async def test_a_mention_is_mailed_at_once_but_for_a_minute_and_each_time_anew(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting(mail=("mentioned",)))
    await comment(database, jonas, "FF-1", "@mira look")
    await comment(database, jonas, "FF-1", "not for the mail")
    await look_for_mail(database)
    assert sent(mailbox) == []
    await alerts.advance(61)
    await look_for_mail(database)
    [(_, text)] = sent(mailbox)
    assert "Subject: jonas mentioned you on FF-1 Refund ORD-1" in text and "@mira look" in text

    await comment(database, jonas, "FF-1", "@mira again")
    await alerts.advance(61)
    await look_for_mail(database)
    assert len(sent(mailbox)) == 2 and "@mira again" in sent(mailbox)[1][1]


@pytest.mark.thorough
async def test_a_server_that_does_not_take_it_gets_the_mail_later_and_the_same(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting(mail=("mentioned",)))
    await comment(database, jonas, "FF-1", "@mira look")
    await alerts.advance(61)
    mailbox.handler.is_full = True
    await send_one(database)
    before = await database.pool.fetchrow("select mail_id, attempt, error from flowforge.inbox_mail")
    assert before["attempt"] == 1 and before["error"] == "the mail server answered with 452"
    mailbox.handler.is_full = False
    await alerts.advance(3600)
    await send_one(database)
    assert f"Message-ID: <inb_{before['mail_id'].hex}@example.com>" in sent(mailbox)[0][1]


@pytest.mark.thorough
async def test_nobody_without_an_address_is_mailed_and_it_is_given_up_at_once(database, alerts, mira, jonas, mailbox):
    await put_setting(database, jonas, InboxSetting(mail=("mentioned",)))
    await comment(database, mira, "FF-1", "@jonas look")
    await alerts.advance(61)
    await look_for_mail(database)
    row = await database.pool.fetchrow("select due, error from flowforge.inbox_mail")
    assert row["due"] is None and "no address" in row["error"] and sent(mailbox) == []


@pytest.mark.thorough
async def test_a_line_break_in_a_title_makes_no_other_header(database, alerts, mira, jonas, mailbox, tenant_id):
    await put_setting(database, mira, InboxSetting(mail=("mentioned",)))
    await database.pool.execute("update flowforge.task set title = E'x\\r\\nBcc: all@example.com'")
    await comment(database, jonas, "FF-1", "@mira look")
    await alerts.advance(61)
    await look_for_mail(database)
    [(to, text)] = sent(mailbox)
    assert to == ["mira@example.com"] and "\nBcc:" not in text.partition("\n\n")[0]


@pytest.mark.thorough
async def test_a_digest_after_a_long_outage_is_one(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting("daily"))
    await comment(database, jonas, "FF-1", "one")
    await alerts.advance(timedelta(days=9).total_seconds())
    for _ in range(3):
        await look_for_mail(database)
    assert len(sent(mailbox)) == 1
    assert ids.show("usr", mira.id) not in sent(mailbox)[0][1]


@pytest.mark.thorough
async def test_what_was_read_long_ago_goes_and_what_is_unread_stays(database, alerts, mira, jonas):
    await create_task(database, mira, NewTask("two"))
    await comment(database, jonas, "FF-1", "one")
    await mark(database, mira, "read", Choice(up_to=9))
    await comment(database, jonas, "FF-2", "two")
    await tidy_inboxes(database)
    assert await database.pool.fetchval("select count(*) from flowforge.inbox_item") == 2
    await alerts.advance(timedelta(days=91).total_seconds())
    await look(database)
    assert await database.pool.fetchval("select string_agg(task, ',') from flowforge.inbox_item") == "FF-2"


@pytest.mark.thorough
async def test_the_watch_sends_mail_by_itself(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting(mail=("mentioned",)))
    await comment(database, jonas, "FF-1", "@mira look")
    await alerts.advance(61)
    async with watching(database, every_seconds=0.02), asyncio.timeout(10):
        while not sent(mailbox):
            await asyncio.sleep(0.01)


async def test_of_two_that_have_seen_a_digest_due_one_makes_it_and_of_two_that_want_a_mail_one_has_it(
    database, alerts, mira, jonas, mailbox
):
    await put_setting(database, mira, InboxSetting("daily"))
    await comment(database, jonas, "FF-1", "one")
    await alerts.advance(86_400)
    [seen] = await sql.due_digests.fetch(database.pool, limit=9)
    assert await make_digests(database) == 1
    async with database.pool.acquire() as other, other.transaction():
        await other.fetch("select from flowforge.inbox_mail for update")
        assert not await asyncio.wait_for(send_one(database), 10)
    assert await send_one(database)
    late = {"was": seen["digest_due"], "following": seen["digest_due"], "mail_id": mira.id, "occasion": DIGEST}
    assert await sql.make_digest.fetchval(database.pool, tenant_id=mira.tenant_id, person_id=mira.id, **late) is None
    assert not await send_one(database) and len(sent(mailbox)) == 1
