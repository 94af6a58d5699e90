"""`/approval`: where a one-time link in a message leads. It shows one call and takes one decision about it; to look decides nothing."""

from __future__ import annotations

import json
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from flowforge.access.principal import Principal
from flowforge.access.session import csrf_token, find_session
from flowforge.api.caller import Hub, WholeDb
from flowforge.api.csrf import CSRF_FIELD, must_know_token
from flowforge.api.people_page import page, read_form, render, see_other
from flowforge.api.session_cookie import session_token
from flowforge.board.approval_link import USED, Linked, decide_by_link, find_linked
from flowforge.errors import Conflict, FlowForgeError, Gone, InvalidInput, NotAllowed

router = APIRouter(include_in_schema=False)

TOKEN_SHOWN_MAX = 200


@router.get("/approval")
async def show(request: Request, database: WholeDb, token: str = "") -> Response:
    linked = await find_linked(database, token[:TOKEN_SHOWN_MAX])
    if linked is None:
        return _void(USED)
    visitor = await _visitor(request, database)
    if visitor is None and not linked.decides:
        return see_other(f"/sign-in?next={quote(f'/approval?token={quote(token)}', safe='')}")
    if visitor is not None and (refusal := _refusal(visitor, linked)) is not None:
        return page("Not yours to decide", alert=refusal, status=403)
    if not linked.is_as_it_was:
        return page("Changed", alert="Somebody has edited the arguments since this message was sent: decide it in the queue.", status=409)
    session = session_token(request.headers)
    return page("Approval", _call(linked, token, "" if visitor is None or session is None else csrf_token(session)))


@router.post("/approval")
async def decide(request: Request, database: WholeDb, bell: Hub) -> Response:
    form, visitor = await read_form(request), await _visitor(request, database)
    if visitor is not None:
        must_know_token(session_token(request.headers) or "", form.get(CSRF_FIELD))
        linked = await find_linked(database, form.get("token", ""))
        if linked is not None and (refusal := _refusal(visitor, linked)) is not None:
            return page("Not yours to decide", alert=refusal, status=403)
    word = form.get("decision")
    if word not in ("approve", "deny"):
        return page("Nothing was decided", alert="Say approve or deny.", status=422)
    try:
        decided = await decide_by_link(
            database, form.get("token", ""), visitor, approved=word == "approve", reason=form.get("reason") or None, bell=bell
        )
    except FlowForgeError as error:
        return page("Nothing was decided", alert=error.message[:1].upper() + error.message[1:] + ".", status=_status(error))
    if decided.state == "pending":
        return page("Thank you", notice="Your word counts; more people are needed.")
    return page("Thank you", notice=f"The call of {decided.tool} is {decided.state}.")


async def _visitor(request: Request, database: WholeDb) -> Principal | None:
    token = session_token(request.headers)
    return None if token is None else await find_session(database, token)


def _refusal(visitor: Principal, linked: Linked) -> str | None:
    if visitor.tenant_id != linked.tenant_id:
        return "This is of another tenant than the one that you look at: switch to it and open the link again."
    return None if "approvals:decide" in visitor.permissions else "This needs the permission approvals:decide."


def _call(linked: Linked, token: str, csrf: str) -> str:
    one = linked.approval
    arguments = one.arguments if one.proposal is None else one.proposal
    about = [f"task {one.task}" if one.task else "", f"given by {one.requester}" if one.requester else "", f"run {one.run}"]
    about += [f"it has read untrusted content: {', '.join(one.taint) or 'from outside'}"] if one.taint is not None else []
    return render(
        "approval",
        agent=one.agent or "A function",
        tool=one.tool,
        effect=one.effect,
        reason=one.reason or "",
        consequence=one.consequence or ("" if one.reversible else "It cannot be undone."),
        arguments=json.dumps(arguments, ensure_ascii=False, indent=2),
        about=" · ".join(filter(None, about)),
        said="" if one.said is None else f"In the agent's own words: “{one.said}”",
        hash=one.hash,
        approval=one.id,
        token=token,
        csrf=csrf,
    )


def _status(error: FlowForgeError) -> int:
    match error:
        case Gone():
            return 410
        case NotAllowed():
            return 403
        case InvalidInput():
            return 422
        case Conflict():
            return 409
        case _:
            return 404


def _void(sentence: str) -> HTMLResponse:
    return page("Too late", alert=sentence[:1].upper() + sentence[1:] + ".", status=410)
