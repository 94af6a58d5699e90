-- Of each column of sealed values: the next value, in the order of its row, that an older data key than :data_key sealed (its version is the
-- value's first four bytes), locked, with what its label is made of; and the value under its new key.

-- name: next_older_version
select v.secret_id::text || ' ' || lpad(v.version::text, 10, '0') as place, v.sealed, v.version, s.name, s.scope, s.subject
  from flowforge.secret_version v
  join flowforge.secret s on s.tenant_id = v.tenant_id and s.secret_id = v.secret_id
 where v.tenant_id = :tenant_id
   and v.sealed is not null
   and substr(v.sealed, 1, 4) < int4send(:data_key)
   and (v.secret_id::text || ' ' || lpad(v.version::text, 10, '0')) > :after collate "C"
 order by (v.secret_id::text || ' ' || lpad(v.version::text, 10, '0')) collate "C"
 limit 1
   for update of v;

-- name: reseal_version
update flowforge.secret_version v
   set sealed = :sealed,
       data_key = :data_key
 where v.tenant_id = :tenant_id
   and v.secret_id::text || ' ' || lpad(v.version::text, 10, '0') = :place;

-- name: next_older_webhook_key
select key_id::text as place, sealed, key_id
  from flowforge.webhook_key
 where tenant_id = :tenant_id
   and substr(sealed, 1, 4) < int4send(:data_key)
   and key_id::text > :after collate "C"
 order by (key_id::text) collate "C"
 limit 1
   for update;

-- name: reseal_webhook_key
update flowforge.webhook_key set sealed = :sealed where tenant_id = :tenant_id and key_id = :place::text::uuid;

-- name: next_older_totp
select account_id::text as place, totp as sealed, account_id
  from flowforge.account
 where totp is not null
   and substr(totp, 1, 4) < int4send(:data_key)
   and account_id::text > :after collate "C"
 order by (account_id::text) collate "C"
 limit 1
   for update;

-- name: reseal_totp
update flowforge.account set totp = :sealed where account_id = :place::text::uuid;

-- name: next_older_pepper
select only_row::text as place, sealed
  from flowforge.api_key_pepper
 where substr(sealed, 1, 4) < int4send(:data_key)
   and only_row::text > :after collate "C"
   for update;

-- name: reseal_pepper
update flowforge.api_key_pepper set sealed = :sealed where only_row::text = :place;

-- name: next_older_audit_key
select key_id as place, sealed, key_id
  from flowforge.audit_signing_key
 where substr(sealed, 1, 4) < int4send(:data_key)
   and key_id > :after collate "C"
 order by (key_id) collate "C"
 limit 1
   for update;

-- name: reseal_audit_key
update flowforge.audit_signing_key set sealed = :sealed where key_id = :place;
