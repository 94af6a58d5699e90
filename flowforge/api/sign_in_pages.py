"""`/sign-in`, `/welcome`, `/invitation` and `/new-password`, for browsers. Each does what an operation of the API does."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from flowforge.access import first_admin, invitation, own_account, password_reset
from flowforge.access.invitation import Answer
from flowforge.access.membership import tenants_of
from flowforge.access.password import CHARACTERS_MAX
from flowforge.access.session import csrf_token, load_session
from flowforge.access.sign_in import Admission, sign_in
from flowforge.api.caller import WholeDb
from flowforge.api.csrf import CSRF_FIELD, must_know_token
from flowforge.api.people_page import own_path, page, read_form, render, see_other
from flowforge.api.session_cookie import AllDoors, From, forget_session, let_in, session_token
from flowforge.errors import Conflict, FlowForgeError, Gone, InvalidInput, SignInRefused, TooManyAttempts

router = APIRouter(include_in_schema=False)


@router.get("/sign-in")
async def show_sign_in(request: Request, database: WholeDb, next: str = "/") -> Response:
    token = session_token(request.headers)
    session = None if token is None else await load_session(database, token)
    if session is None or token is None:
        return _sign_in_page(request, own_path(next))
    [tenant] = [one.name for one in await tenants_of(database.pool, session.account_id) if one.tenant_id == session.tenant_id]
    return page("Signed in", render("signed-in", name=session.name, role=session.role, tenant=tenant, csrf=csrf_token(token)))


@router.post("/sign-in")
async def post_sign_in(request: Request, visitor: From, doors: AllDoors, database: WholeDb) -> Response:
    form = await read_form(request)
    target, email = own_path(form.get("next", "/")), form.get("email", "")
    try:
        admission = await sign_in(database, doors, email, _password(form), form.get("code"), visitor)
    except (SignInRefused, TooManyAttempts) as refused:
        return _sign_in_page(request, target, email=email[:254], refused=refused)
    return _let_in(admission, doors, target)


@router.post("/sign-out")
async def post_sign_out(request: Request, database: WholeDb) -> Response:
    form, token = await read_form(request), session_token(request.headers)
    answer = see_other("/sign-in")
    if token is not None and (session := await load_session(database, token)) is not None:
        must_know_token(token, form.get(CSRF_FIELD))
        await own_account.sign_out(database, session)
    forget_session(answer)
    return answer


@router.get("/welcome")
async def show_welcome(database: WholeDb, token: str = "") -> Response:
    if not await first_admin.holds(database.pool, token[:200]):
        return _void("This link was used or has expired, or there is an admin already. Start the server again for another one.")
    return page("Welcome", render("welcome", token=token, email="", name=""))


@router.post("/welcome")
async def post_welcome(request: Request, visitor: From, doors: AllDoors, database: WholeDb) -> Response:
    form = await read_form(request)
    token, email, name = form.get("token", ""), form.get("email", ""), form.get("name", "")
    try:
        admission = await first_admin.make_first_admin(database, doors, token, email, name, _password(form), visitor)
    except Gone as gone:
        return _void(_sentence(gone))
    except (InvalidInput, Conflict) as refused:
        return page("Welcome", render("welcome", token=token, email=email, name=name), alert=_sentence(refused), status=422)
    return _let_in(admission, doors, "/")


@router.get("/invitation")
async def show_invitation(database: WholeDb, token: str = "") -> Response:
    return await _invitation_page(database, token[:200])


@router.post("/invitation")
async def post_invitation(request: Request, visitor: From, doors: AllDoors, database: WholeDb) -> Response:
    form = await read_form(request)
    answer = Answer(form.get("token", ""), _password(form), form.get("name") or None, form.get("code"))
    try:
        admission = await invitation.accept(database, doors, answer, visitor)
    except Gone as gone:
        return _void(_sentence(gone))
    except (InvalidInput, Conflict, SignInRefused, TooManyAttempts) as refused:
        return await _invitation_page(database, answer.token, name=answer.name or "", refused=refused)
    return _let_in(admission, doors, "/")


@router.get("/new-password")
async def show_new_password(database: WholeDb, token: str = "") -> Response:
    account = await password_reset.find_reset(database.pool, token[:200])
    if account is None:
        return _void("This link was used or has expired. Ask for another one.")
    return page("New password", render("new-password", token=token, email=account.email))


@router.post("/new-password")
async def post_new_password(request: Request, visitor: From, doors: AllDoors, database: WholeDb) -> Response:
    form = await read_form(request)
    token = form.get("token", "")
    try:
        admission = await password_reset.reset_password(database, doors, token, _password(form), visitor)
    except Gone as gone:
        return _void(_sentence(gone))
    except InvalidInput as refused:
        account = await password_reset.find_reset(database.pool, token)
        part = render("new-password", token=token, email="" if account is None else account.email)
        return page("New password", part, alert=_sentence(refused), status=422)
    return _let_in(admission, doors, "/")


def _sign_in_page(request: Request, target: str, *, email: str = "", refused: FlowForgeError | None = None) -> HTMLResponse:
    providers = request.app.state.providers.values()
    parts = [render("sign-in", next=target, email=email)]
    parts += [render("provider", name=one.name, label=one.label, next=quote(target, safe="")) for one in providers]
    return _answered(page("Sign in", *parts, alert=None if refused is None else _sentence(refused), status=_status(refused)), refused)


async def _invitation_page(database: WholeDb, token: str, *, name: str = "", refused: FlowForgeError | None = None) -> HTMLResponse:
    invited = await invitation.find_invited(database.pool, token)
    if invited is None:
        return _void("This invitation was used, revoked or has expired. Ask for another one.")
    part = "invitation-known" if invited.known else "invitation"
    text = render(part, token=token, tenant=invited.tenant, role=invited.role, email=invited.email, name=name)
    return _answered(page("Invitation", text, alert=None if refused is None else _sentence(refused), status=_status(refused)), refused)


def _void(sentence: str) -> HTMLResponse:
    return page("Too late", alert=sentence, status=410)


def _status(refused: FlowForgeError | None) -> int:
    match refused:
        case None:
            return 200
        case TooManyAttempts():
            return 429
        case SignInRefused():
            return 401
        case _:
            return 422


def _answered(answer: HTMLResponse, refused: FlowForgeError | None) -> HTMLResponse:
    if isinstance(refused, TooManyAttempts):
        answer.headers["Retry-After"] = str(refused.retry_after)
    return answer


def _let_in(admission: Admission, doors: AllDoors, target: str) -> Response:
    answer = see_other(target)
    let_in(answer, admission, doors)
    return answer


def _password(form: dict[str, str]) -> str:
    return form.get("password", "")[: CHARACTERS_MAX + 1]


def _sentence(error: FlowForgeError) -> str:
    text = error.message + (f": {error.hint}" if error.hint else "")
    return text[:1].upper() + text[1:] + "."
