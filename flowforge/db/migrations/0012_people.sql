-- People who sign in. An account is the deployment's: one person with one password in several tenants. What somebody is in a tenant is
-- the tenant's own row of them, `person`. Whatever lets somebody in is kept as a hash, or sealed.
create table flowforge.account (
  account_id        uuid        primary key,
  email             text        not null,            -- as it was written; unique however it is written
  email_verified_at timestamptz,                     -- a trusted provider vouched for it
  name              text        not null,
  password_hash     text,                            -- argon2id; null: signs in through a provider only
  totp              bytea,                           -- sealed
  totp_since        timestamptz,                     -- null: not confirmed by a code yet, and not asked for
  totp_step         bigint      not null default 0,  -- of the last code that was used; none is used twice
  operator          boolean     not null default false,
  created_at        timestamptz not null default now(),
  disabled_at       timestamptz
);
create unique index account_by_email on flowforge.account (lower(email));

create table flowforge.recovery_code (
  account_id  uuid   not null,
  code_hash   bytea  not null,
  primary key (account_id, code_hash)
);

-- Who this is at a provider of sign-on.
create table flowforge.identity (
  issuer      text        not null,
  subject     text        not null,
  account_id  uuid        not null,
  created_at  timestamptz not null default now(),
  primary key (issuer, subject)
);

-- A row without a role takes cards and cannot sign in.
alter table flowforge.person
  add column account_id  uuid,
  add column role        text check (role in ('admin', 'approver', 'member', 'viewer')),
  add column disabled_at timestamptz;
create unique index person_account on flowforge.person (tenant_id, account_id);
create index person_by_account on flowforge.person (account_id);

create table flowforge.invitation (
  tenant_id      uuid        not null,
  invitation_id  uuid        not null,
  email          text        not null,
  role           text        not null check (role in ('admin', 'approver', 'member', 'viewer')),
  token_hash     bytea       not null,
  invited_by     text        not null,
  created_at     timestamptz not null default now(),
  expires_at     timestamptz not null,
  primary key (tenant_id, invitation_id)
);
create unique index invitation_by_token on flowforge.invitation (token_hash);
create unique index invitation_by_email on flowforge.invitation (tenant_id, lower(email));

-- Links that the deployment gives out: the first admin's, and those that set a new password.
create table flowforge.one_time_link (
  token_hash  bytea       primary key,
  account_id  uuid,                                  -- null: the first admin's
  expires_at  timestamptz not null
);

create table flowforge.session (
  session_id  uuid        primary key,
  token_hash  bytea       not null unique,
  account_id  uuid        not null,
  tenant_id   uuid,                                  -- the one that is looked at now; null: of none any more
  idle        interval    not null,
  created_at  timestamptz not null,
  used_at     timestamptz not null,
  ends_at     timestamptz not null,
  address     text        not null,
  user_agent  text        not null
);
create index session_by_account on flowforge.session (account_id, session_id);

-- Browsers that an account has signed in from before: a stranger's wrong guesses do not hold these up.
create table flowforge.known_device (
  token_hash  bytea       primary key,
  account_id  uuid        not null,
  used_at     timestamptz not null
);
create index known_device_by_account on flowforge.known_device (account_id, used_at);

-- Attempts to sign in since the last success, by what they name (an e-mail address, also of nobody; a source; a device), hashed.
create table flowforge.sign_in_attempt (
  subject       bytea       primary key,
  failures      integer     not null,
  failed_at     timestamptz not null,
  locked_until  timestamptz
);
create index sign_in_attempt_by_age on flowforge.sign_in_attempt (failed_at);
