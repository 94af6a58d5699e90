-- name: append_entry
-- The entry, and that it waits for its position. Takes no lock but on its own new rows.
with entry as (
  insert into flowforge.audit (
    tenant_id,
    entry_id,
    principal_kind,
    principal,
    principal_id,
    action,
    target_kind,
    target,
    detail,
    created_at,
    request_id,
    leaf,
    salts
  )
  values (
    :tenant_id,
    :entry_id,
    :principal_kind,
    :principal,
    :principal_id,
    :action,
    :target_kind,
    :target,
    :detail,
    :created_at,
    :request_id,
    :leaf,
    :salts
  )
)
insert into flowforge.audit_unmerged (tenant_id, entry_id)
values (:tenant_id, :entry_id)

-- name: append_entries
-- The same for several entries of a tenant.
with entry as (
  insert into flowforge.audit (
    tenant_id,
    entry_id,
    principal_kind,
    principal,
    principal_id,
    action,
    target_kind,
    target,
    detail,
    created_at,
    request_id,
    leaf,
    salts
  )
  select :tenant_id,
         u.*
    from unnest(
           :entry_id::uuid[],
           :principal_kind::text[],
           :principal::text[],
           :principal_id::uuid[],
           :action::text[],
           :target_kind::text[],
           :target::text[],
           :detail::text[],
           :created_at::timestamptz[],
           :request_id::text[],
           :leaf::text[],
           :salts::bytea[]
         ) as u
  returning entry_id
)
insert into flowforge.audit_unmerged (tenant_id, entry_id)
select :tenant_id,
       entry_id
  from entry

-- part: entry_columns
       a.entry_id,
       l.position,
       a.principal_kind,
       a.principal,
       a.principal_id,
       a.action,
       a.target_kind,
       a.target,
       a.detail,
       a.created_at,
       a.request_id,
       a.leaf,
       a.salts

-- name: read_entries
-- In the order in which they were written, from just behind :after.
select
-- use: entry_columns
  from flowforge.audit a
  left join flowforge.audit_leaf l on l.tenant_id = a.tenant_id and l.entry_id = a.entry_id
 where a.tenant_id = :tenant_id
   and a.entry_id > :after
 order by a.entry_id
 limit :limit

-- name: find_entry
select
-- use: entry_columns
  from flowforge.audit a
  left join flowforge.audit_leaf l on l.tenant_id = a.tenant_id and l.entry_id = a.entry_id
 where a.tenant_id = :tenant_id
   and a.entry_id = :entry_id

-- name: find_entries_ending
-- Two at most: one is it, two are ambiguous.
select a.entry_id
  from flowforge.audit a
 where a.tenant_id = :tenant_id
   and replace(a.entry_id::text, '-', '') like '%' || :ending
 limit 2

-- name: search_entries
-- The newest first, from just before :before. Each condition that is null holds for all.
select
-- use: entry_columns
  from flowforge.audit a
  left join flowforge.audit_leaf l on l.tenant_id = a.tenant_id and l.entry_id = a.entry_id
 where a.tenant_id = :tenant_id
   and a.entry_id < :before
   and a.entry_id >= :since
   and (:principal::text is null or a.principal = :principal)
   and (:action::text is null or starts_with(a.action, :action))
   and (:target::text is null or a.target = :target)
   and (
     :words::text is null
     or position(lower(:words) in lower(a.action)) > 0
     or position(lower(:words) in lower(a.principal)) > 0
     or position(lower(:words) in lower(a.target)) > 0
     or position(lower(:words) in lower(a.detail)) > 0
   )
 order by a.entry_id desc
 limit :limit

-- name: merged_entries
-- In the order of the tree, from :first up to, not including, :last.
select
-- use: entry_columns
,
       l.hash
  from flowforge.audit_leaf l
  join flowforge.audit a on a.tenant_id = l.tenant_id and a.entry_id = l.entry_id
 where l.tenant_id = :tenant_id
   and l.position >= :first
   and l.position < :last
 order by l.position

-- name: erase_texts
-- The texts and their salts; what is erased already stays so.
update flowforge.audit
   set principal = case when :principal then null else principal end,
       target = case when :target then null else target end,
       detail = case when :detail then null else detail end,
       salts = case when :principal then decode(repeat('00', 16), 'hex') else substr(salts, 1, 16) end
            || case when :target then decode(repeat('00', 16), 'hex') else substr(salts, 17, 16) end
            || case when :detail then decode(repeat('00', 16), 'hex') else substr(salts, 33, 16) end
 where tenant_id = :tenant_id
   and entry_id = any(:entry_ids::uuid[])
   and ((:principal and principal is not null) or (:target and target is not null) or (:detail and detail is not null))
returning entry_id
