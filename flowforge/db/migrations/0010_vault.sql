-- Keys that seal a tenant's secrets, themselves sealed by a key that is never in the database. The nil tenant is the deployment.
create table flowforge.data_key (
  tenant_id       uuid        not null,
  version         integer     not null,
  wrapped         bytea       not null,              -- nonce, ciphertext, tag
  wrapped_by      text        not null,              -- which key-encryption key, by its fingerprint
  created_at      timestamptz not null default now(),
  primary key (tenant_id, version)
);
