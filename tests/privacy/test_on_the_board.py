"""What is held about a customer on the people's side of the board is found, handed out, and erased."""

from __future__ import annotations

import json

from flowforge import ids
from flowforge.access.principal import Principal
from flowforge.agents.agent import create_agent
from flowforge.agents.definition import AgentDefinition
from flowforge.board.attachment import NewAttachment, attach
from flowforge.board.comment import comment, edit_comment, list_comments
from flowforge.board.creation import NewTask, create_task
from flowforge.board.inbox_item import list_inbox
from flowforge.board.message import leave_message
from flowforge.board.person import create_person
from flowforge.board.saved_filter import create_filter
from flowforge.ids import new_id
from flowforge.privacy.match import Match
from flowforge.privacy.subject_export import export_subject

MIRA, OTTO = "mira@example.org", "otto@example.org"


async def test_comments_inboxes_messages_attachments_and_filters_lose_what_names_a_customer(database, officer, tenant_id, erase, held):
    clerk = Principal(tenant_id, "person", "clerk")
    await create_person(database, officer, "clerk")
    atlas = await create_agent(database, officer, AgentDefinition(name="atlas", model="gpt-4o"))
    await create_task(database, officer, NewTask("Call back"))
    said = await comment(database, officer, "FF-1", f"@clerk @atlas write to {MIRA}")
    await edit_comment(database, officer, "FF-1", ids.show("cmt", said.comment_id), f"@clerk write soon to {MIRA}")
    await comment(database, officer, "FF-1", f"and to {OTTO}")
    await create_task(database, officer, NewTask("Call others"))
    await comment(database, officer, "FF-2", f"@clerk and to {OTTO}")
    for mail in (MIRA, OTTO):
        await attach(database, officer, "FF-1", NewAttachment("mail", url=f"https://files.example.com/?of={mail}"))
        await create_filter(database, clerk, mail, {"assignee": mail})
        await leave_message(
            database.pool, officer, atlas.agent_id, f"write to {mail}", message_id=new_id(), kind="person", task_id=None, run_id=None
        )
    everywhere = {"comment", "activity", "frame", "inbox_item", "agent_message", "attachment", "saved_filter", "event"}
    assert everywhere <= await held(MIRA)
    copy = "".join([line async for line in export_subject(database, tenant_id, [Match(MIRA)])])
    assert all(json.dumps(table) in copy for table in everywhere - {"frame", "event"})

    act = await erase(MIRA)

    assert act.remaining == () and await held(MIRA) == set()
    assert everywhere - {"event"} <= await held(OTTO)
    assert [said.text for said in (await list_comments(database, tenant_id, "FF-1")).data] == ["[erased]", f"and to {OTTO}"]
    assert {item.text for item in (await list_inbox(database, clerk)).items.data} == {"[erased]", f"@clerk and to {OTTO}", f"and to {OTTO}"}
