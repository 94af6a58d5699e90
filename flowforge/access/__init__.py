"""Who acts, and for whom: principals, tenants, what each may do, and how people get in.

Every request and every act of an agent resolves to one `Principal`, which names its tenant; the rooms above take it as
their first argument after the connection, so nothing is written without somebody to answer for it.

People: an `account` is somebody's way in, a `membership` what they are in a tenant, a `session` the browser that they are at. They come in
by `sign_in`, by an `invitation`, as the `first_admin`, by a `password_reset`, or through a provider (`sign_on`).
"""
