-- part: attachment
attachment_id,
       task_id,
       name,
       media_type,
       size,
       sha256,
       url,
       run_id,
       blob_id,
       added_by_kind,
       added_by,
       created_at

-- name: add_attachment
insert into flowforge.attachment
       (tenant_id, task_id, attachment_id, name, media_type, size, sha256, url, run_id, blob_id, added_by_kind, added_by, created_at)
values (:tenant_id, :task_id, :attachment_id, :name, :media_type, :size, :sha256, :url, :run_id, :blob_id, :added_by_kind, :added_by,
        clock_timestamp())
returning
-- use: attachment

-- name: find_attachment
select
-- use: attachment
  from flowforge.attachment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and attachment_id = :attachment_id

-- name: count_attachments
select count(*)
  from flowforge.attachment
 where tenant_id = :tenant_id
   and task_id = :task_id

-- name: drop_attachment
delete from flowforge.attachment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and attachment_id = :attachment_id
returning
-- use: attachment

-- name: list_attachments
-- Of these cards, in the order in which they were added.
select
-- use: attachment
  from flowforge.attachment
 where tenant_id = :tenant_id
   and task_id = any(:task_ids::uuid[])
 order by task_id, created_at, attachment_id

-- name: measure_blob
-- What a run has stored: its bytes are counted and hashed where they lie.
select octet_length(data)::bigint as size,
       encode(sha256(data), 'hex') as sha256
  from flowforge.blob
 where tenant_id = :tenant_id
   and run_id = :run_id
   and blob_id = :blob_id
