-- name: add_comment
-- Nothing happens when a comment of that id is there already: a repeated step posts once. The time is taken under the
-- card's lock, not at the transaction's start, so that it orders the comments as they were committed.
insert into flowforge.comment (
  tenant_id,
  task_id,
  comment_id,
  author_kind,
  author,
  text,
  created_at
)
values (
  :tenant_id,
  :task_id,
  :comment_id,
  :author_kind,
  :author,
  :text,
  clock_timestamp()
)
    on conflict (tenant_id, task_id, comment_id) do nothing
returning comment_id,
          task_id,
          author_kind,
          author,
          text,
          created_at

-- name: find_comment
select comment_id,
       task_id,
       author_kind,
       author,
       text,
       created_at
  from flowforge.comment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and comment_id = :comment_id

-- name: read_comments
-- In the order in which they were written, from just after the comment :after.
select comment_id,
       task_id,
       author_kind,
       author,
       text,
       created_at
  from flowforge.comment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and (:after::uuid is null or (created_at, comment_id) > (
         select previous.created_at,
                previous.comment_id
           from flowforge.comment as previous
          where previous.tenant_id = :tenant_id
            and previous.task_id = :task_id
            and previous.comment_id = :after
       ))
 order by created_at, comment_id
 limit :limit

-- name: newest_comments
-- The last :limit comments of each of the given cards, oldest first within a card.
select newest.comment_id,
       newest.task_id,
       newest.author_kind,
       newest.author,
       newest.text,
       newest.created_at
  from unnest(:task_ids::uuid[]) as wanted (task_id)
  cross join lateral (
         select comment.*
           from flowforge.comment
          where comment.tenant_id = :tenant_id
            and comment.task_id = wanted.task_id
          order by comment.created_at desc, comment.comment_id desc
          limit :limit
       ) as newest
 order by newest.task_id, newest.created_at, newest.comment_id
