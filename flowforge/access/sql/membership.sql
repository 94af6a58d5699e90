-- part: member
person.person_id,
       person.account_id,
       person.name,
       account.email,
       person.role,
       account.operator,
       account.totp_since is not null as totp,
       person.created_at,
       coalesce(person.disabled_at, account.disabled_at) as disabled_at

-- name: list_members
-- Who can sign in to a tenant, in the order in which they were added.
select
-- use: member
  from flowforge.person
  join flowforge.account using (account_id)
 where person.tenant_id = :tenant_id
   and person.role is not null
   and (:after::uuid is null or person.person_id > :after)
 order by person.person_id
 limit :limit

-- name: find_member
select
-- use: member
  from flowforge.person
  join flowforge.account using (account_id)
 where person.tenant_id = :tenant_id
   and person.person_id = :person_id
   and person.role is not null

-- name: find_membership
select
-- use: member
  from flowforge.person
  join flowforge.account using (account_id)
 where person.tenant_id = :tenant_id
   and person.account_id = :account_id
   and person.role is not null

-- name: has_member_of_address
-- In one statement, so that nobody is told by the time it takes whether somebody of another tenant has that address.
select exists (
         select
           from flowforge.person
           join flowforge.account using (account_id)
          where person.tenant_id = :tenant_id
            and lower(account.email) = lower(:email)
            and person.role is not null)

-- name: lock_admins
-- Every admin of the tenant, until the transaction ends: of two who would be the last to go, one waits and is seen.
select person.person_id,
       person.disabled_at is null and account.disabled_at is null as active
  from flowforge.person
  join flowforge.account using (account_id)
 where person.tenant_id = :tenant_id
   and person.role = 'admin'
 order by person.person_id
   for update of person

-- name: is_disabled
-- In this tenant, whatever the account is.
select disabled_at is not null
  from flowforge.person
 where tenant_id = :tenant_id
   and person_id = :person_id

-- name: change_member
update flowforge.person
   set role = :role,
       disabled_at = case when not :disabled::boolean then null else coalesce(disabled_at, flowforge.now()) end
 where tenant_id = :tenant_id
   and person_id = :person_id

-- name: remove_member
-- The row stays: cards and comments name it.
update flowforge.person
   set account_id = null,
       role = null,
       disabled_at = null
 where tenant_id = :tenant_id
   and person_id = :person_id

-- name: delete_lone_account
-- The account of somebody who works in no tenant and does not operate the deployment, with all that lets them in.
with lone as (
  select a.account_id
    from flowforge.account a
   where a.account_id = :account_id
     and not a.operator
     and not exists (select from flowforge.person p where p.account_id = a.account_id)
     for update
),
identities as (delete from flowforge.identity x using lone where x.account_id = lone.account_id),
devices as (delete from flowforge.known_device x using lone where x.account_id = lone.account_id),
codes as (delete from flowforge.recovery_code x using lone where x.account_id = lone.account_id),
links as (delete from flowforge.one_time_link x using lone where x.account_id = lone.account_id),
sessions as (delete from flowforge.session x using lone where x.account_id = lone.account_id)
delete from flowforge.account a using lone where a.account_id = lone.account_id returning a.account_id

-- name: add_member
-- Nothing happens when the name is taken, or the account is in the tenant already.
insert into flowforge.person (tenant_id, person_id, name, account_id, role)
values (:tenant_id, :person_id, :name, :account_id, :role)
    on conflict do nothing
returning person_id

-- name: list_tenants_of
-- The tenants that an account can work in, by name.
select tenant.tenant_id,
       tenant.name,
       person.role
  from flowforge.person
  join flowforge.tenant using (tenant_id)
 where person.account_id = :account_id
   and person.role is not null
   and person.disabled_at is null
 order by tenant.name

-- name: lock_default_tenant
-- One at a time makes the first account.
select tenant_id
  from flowforge.tenant
 where tenant_id = :tenant_id
   for update

-- name: drop_first_links
delete from flowforge.one_time_link
 where account_id is null

-- name: add_link
insert into flowforge.one_time_link (token_hash, account_id, expires_at)
values (:token_hash, :account_id, flowforge.now() + :lifetime::interval)

-- name: find_link
select account_id
  from flowforge.one_time_link
 where token_hash = :token_hash
   and expires_at > flowforge.now()

-- name: use_link
delete from flowforge.one_time_link
 where token_hash = :token_hash
   and expires_at > flowforge.now()
returning account_id

-- name: drop_links_of
delete from flowforge.one_time_link
 where account_id = :account_id
    or expires_at <= flowforge.now()
