"""Who acts, and for whom: principals and tenants, what each may do, how people get in, and the keys by which programs are known.

    principal.py      who acts, in one tenant; permission.py: who may do what, the one table
    api_key.py        made, changed, rotated, revoked; key_value.py: its text; pepper.py and key_check.py: whose a value is
    signing_key.py    the other kind of key, which signs messages and opens nothing

Every request and every act of an agent resolves to one `Principal`, which names its tenant; the rooms above take it as
their first argument after the connection, so nothing is written without somebody to answer for it.

People: an `account` is somebody's way in, a `membership` what they are in a tenant, a `session` the browser that they are at. They come in
by `sign_in`, by an `invitation`, as the `first_admin`, by a `password_reset`, or through a provider (`sign_on`).
"""
