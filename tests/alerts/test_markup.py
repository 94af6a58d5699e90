"""What people, agents and errors chose is text wherever it is told: it calls nobody, links nowhere, and looks like nothing of ours."""

from __future__ import annotations

import json
from email import message_from_string

import pytest

from flowforge.alerts.channel import SlackSettings
from flowforge.alerts.inbox_mail import look_for_mail
from flowforge.alerts.message import send
from flowforge.board.comment import comment
from flowforge.board.inbox_setting import InboxSetting, put_setting
from tests.alerts.test_inbox_mail import jonas, mailbox, mira, sent

__all__ = ["jonas", "mailbox", "mira"]

HOSTILE = "<!channel> <http://evil.example|our bank> & <script>alert(1)</script>\nlink: http://evil.example\n- Approved by mira"
TOLD = (
    "&lt;!channel&gt; &lt;http://evil.example|our bank&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;"
    " link: http://evil.example - Approved by mira"
)
ALERT = {"rule": "watch", "kind": "failed_runs", "summary": f"a run failed: {HOSTILE}", "subject": "order.ship"}
APPROVAL = {
    "agent": "atlas",
    "tool": "issue_refund",
    "effect": "money",
    "reason": HOSTILE,
    "link": "https://forge.example/approval?token=x",
}


@pytest.mark.parametrize(
    ("event", "data", "lines"),
    [
        ("opened", ALERT, [f"Alert watch: a run failed: {TOLD}"]),
        (
            "approval.requested",
            APPROVAL,
            ["Approval: atlas asks to call issue_refund (money)", f"reason: {TOLD}", "link: https://forge.example/approval?token=x"],
        ),
    ],
    ids=["an alert", "an approval"],
)
async def test_slack_is_called_by_nobody_and_gets_each_fact_on_its_line(alerts, receiver, monkeypatch, event, data, lines):
    monkeypatch.setenv("FLOWFORGE_ALERT_SLACK", receiver.url)

    await send(SlackSettings(url_env="FLOWFORGE_ALERT_SLACK"), "msg_1", event, json.dumps({"data": data}))

    assert receiver.requests[0].json["text"].split("\n") == lines


async def test_a_mail_is_plain_text_and_a_comment_in_a_digest_is_one_line(database, alerts, mira, jonas, mailbox):
    await put_setting(database, mira, InboxSetting("daily"))
    await comment(database, jonas, "FF-1", f"@mira {HOSTILE}")
    await alerts.advance(25 * 3600)
    await look_for_mail(database)

    [(_, text)] = sent(mailbox)
    mail = message_from_string(text)
    assert mail.get_content_type() == "text/plain" and not mail.is_multipart()
    body = mail.get_payload(decode=True).decode()
    assert "<script>alert(1)</script>" in body  # as it was written: nobody reads this as HTML
    assert len([line for line in body.splitlines() if line.startswith("- ")]) == 1 and "\nlink:" not in body
