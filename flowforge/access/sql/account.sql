-- part: account
account_id,
       email,
       email_verified_at,
       name,
       password_hash,
       totp,
       totp_since,
       totp_step,
       operator,
       created_at,
       disabled_at

-- name: account_by_email
select
-- use: account
  from flowforge.account
 where lower(email) = lower(:email)

-- name: account_by_id
select
-- use: account
  from flowforge.account
 where account_id = :account_id

-- name: lock_account
-- Until the transaction ends.
select
-- use: account
  from flowforge.account
 where account_id = :account_id
   for update

-- name: add_account
-- Nothing happens when the address is taken.
insert into flowforge.account (account_id, email, name, password_hash, operator, email_verified_at)
values (:account_id, :email, :name, :password_hash, :operator, case when :verified::boolean then flowforge.now() end)
    on conflict (lower(email)) do nothing
returning
-- use: account

-- name: any_account
select exists (select from flowforge.account)

-- name: set_password
update flowforge.account
   set password_hash = :password_hash
 where account_id = :account_id

-- name: verify_email
update flowforge.account
   set email_verified_at = flowforge.now()
 where account_id = :account_id

-- name: set_totp
update flowforge.account
   set totp = :totp,
       totp_since = case when :confirmed::boolean then flowforge.now() end,
       totp_step = :step
 where account_id = :account_id

-- name: use_totp_step
-- No row when a code of that step or a later one was used already.
update flowforge.account
   set totp_step = :step
 where account_id = :account_id
   and totp_step < :step
returning account_id

-- name: add_recovery_codes
insert into flowforge.recovery_code (account_id, code_hash)
select :account_id, unnest(:code_hashes::bytea[])

-- name: use_recovery_code
delete from flowforge.recovery_code
 where account_id = :account_id
   and code_hash = :code_hash
returning account_id

-- name: drop_recovery_codes
delete from flowforge.recovery_code
 where account_id = :account_id

-- name: moment
select flowforge.now()

-- name: find_identity
select account_id
  from flowforge.identity
 where issuer = :issuer
   and subject = :subject

-- name: add_identity
insert into flowforge.identity (issuer, subject, account_id)
values (:issuer, :subject, :account_id)
