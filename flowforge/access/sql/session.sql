-- name: add_session
insert into flowforge.session (session_id, token_hash, account_id, tenant_id, idle, created_at, used_at, ends_at, address, user_agent)
values (:session_id, :token_hash, :account_id, :tenant_id, :idle, flowforge.now(), flowforge.now(), flowforge.now() + :lifetime::interval,
        :address, :user_agent)

-- name: find_session
-- With who it is in the tenant that the session looks at; none where the account or its membership is disabled.
select session.session_id,
       session.account_id,
       session.tenant_id,
       person.person_id,
       person.name,
       person.role,
       account.operator,
       session.used_at < flowforge.now() - interval '1 minute' as stale
  from flowforge.session
  join flowforge.account
    on account.account_id = session.account_id
   and account.disabled_at is null
  join flowforge.person
    on person.tenant_id = session.tenant_id
   and person.account_id = session.account_id
   and person.role is not null
   and person.disabled_at is null
 where session.token_hash = :token_hash
   and session.ends_at > flowforge.now()
   and session.used_at + session.idle > flowforge.now()

-- name: touch_session
update flowforge.session
   set used_at = flowforge.now()
 where session_id = :session_id

-- name: list_sessions
-- Those that are open, the newest first.
select session_id,
       created_at,
       used_at,
       least(ends_at, used_at + idle) as ends_at,
       address,
       user_agent
  from flowforge.session
 where account_id = :account_id
   and ends_at > flowforge.now()
   and used_at + idle > flowforge.now()
   and (:before::uuid is null or session_id < :before)
 order by session_id desc
 limit :limit

-- name: end_session
delete from flowforge.session
 where account_id = :account_id
   and session_id = :session_id
returning session_id

-- name: end_sessions
-- Every one of an account but :kept.
delete from flowforge.session
 where account_id = :account_id
   and session_id is distinct from :kept

-- name: end_sessions_in
-- Every one of an account that looks at that tenant.
delete from flowforge.session
 where account_id = :account_id
   and tenant_id = :tenant_id

-- name: drop_ended_sessions
-- Of an account, and a few of whoever else's are over.
delete from flowforge.session
 where session_id in (
   select session_id
     from flowforge.session
    where ends_at <= flowforge.now() or used_at + idle <= flowforge.now()
    limit 100
 )

-- name: rotate_session
-- Another token, and perhaps another tenant, for the same session.
update flowforge.session
   set token_hash = :token_hash,
       tenant_id = coalesce(:tenant_id, tenant_id)
 where session_id = :session_id
returning session_id

-- name: find_device
-- Whether this browser has signed in to that account before.
select exists (
  select
    from flowforge.known_device
    join flowforge.account using (account_id)
   where known_device.token_hash = :token_hash
     and lower(account.email) = lower(:email)
     and known_device.used_at > flowforge.now() - interval '180 days'
)

-- name: keep_device
insert into flowforge.known_device (token_hash, account_id, used_at)
values (:token_hash, :account_id, flowforge.now())
    on conflict (token_hash) do update
   set account_id = excluded.account_id,
       used_at = excluded.used_at

-- name: drop_old_devices
-- An account keeps the twenty that it used last.
delete from flowforge.known_device
 where token_hash in (
   select token_hash
     from flowforge.known_device
    where account_id = :account_id
    order by used_at desc
   offset 20
 )

-- name: drop_devices
delete from flowforge.known_device
 where account_id = :account_id

-- name: begin_attempt
-- Counts an attempt as failed before it is looked at, so that no number of them at once passes by the count; no row while it is locked.
-- From the fifth on each locks for twice as long as the one before, up to a quarter of an hour. A day without any forgets them.
insert into flowforge.sign_in_attempt as attempt (subject, failures, failed_at)
values (:subject, 1, flowforge.now())
    on conflict (subject) do update
   set failures = case when attempt.failed_at < flowforge.now() - interval '1 day' then 1 else attempt.failures + 1 end,
       failed_at = flowforge.now(),
       locked_until = case
         when attempt.failed_at >= flowforge.now() - interval '1 day' and attempt.failures >= 4
         then flowforge.now() + least(900, power(2, least(attempt.failures - 4, 10))) * interval '1 second'
       end
 where attempt.locked_until is null
    or attempt.locked_until <= flowforge.now()
returning failures

-- name: locked_seconds
select greatest(0, extract(epoch from locked_until - flowforge.now()))::float8
  from flowforge.sign_in_attempt
 where subject = :subject

-- name: forget_attempts
delete from flowforge.sign_in_attempt
 where subject = :subject

-- name: take_back_attempt
-- One that succeeded is no failure; those of others from the same source stay counted.
update flowforge.sign_in_attempt
   set failures = greatest(0, failures - 1),
       locked_until = null
 where subject = :subject

-- name: drop_old_attempts
delete from flowforge.sign_in_attempt
 where subject in (
   select subject
     from flowforge.sign_in_attempt
    where failed_at < flowforge.now() - interval '1 day'
    limit 100
 )
