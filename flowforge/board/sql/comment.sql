-- part: comment
comment.comment_id,
       comment.task_id,
       comment.author_kind,
       comment.author,
       comment.author_id,
       comment.text,
       comment.mentions,
       comment.reply_to,
       comment.created_at,
       comment.edited_at,
       comment.deleted_at

-- name: add_comment
-- Nothing happens when a comment of that id is there already: a repeated step posts once. The time is taken under the card's lock, not at
-- the transaction's start, and never before that of the comment before it, so that it orders the comments as they were committed even
-- where the clock was put back.
insert into flowforge.comment (
  tenant_id,
  task_id,
  comment_id,
  author_kind,
  author,
  author_id,
  text,
  mentions,
  reply_to,
  created_at
)
values (
  :tenant_id,
  :task_id,
  :comment_id,
  :author_kind,
  :author,
  :author_id,
  :text,
  :mentions,
  :reply_to,
  greatest(clock_timestamp(), (select max(earlier.created_at) + interval '1 microsecond'
                                 from flowforge.comment as earlier
                                where earlier.tenant_id = :tenant_id
                                  and earlier.task_id = :task_id))
)
    on conflict (tenant_id, task_id, comment_id) do nothing
returning
-- use: comment

-- name: find_comment
select
-- use: comment
  from flowforge.comment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and comment_id = :comment_id

-- name: change_comment
-- Only for the holder of the card's lock.
update flowforge.comment
   set text = :text,
       mentions = :mentions,
       edited_at = case when :deleted::boolean then edited_at else clock_timestamp() end,
       deleted_at = case when :deleted::boolean then clock_timestamp() end
 where tenant_id = :tenant_id
   and task_id = :task_id
   and comment_id = :comment_id
returning
-- use: comment

-- name: read_comments
-- In the order in which they were written, from just after the comment :after.
select
-- use: comment
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
select
-- use: comment
  from unnest(:task_ids::uuid[]) as wanted (task_id)
  cross join lateral (
         select comment.*
           from flowforge.comment
          where comment.tenant_id = :tenant_id
            and comment.task_id = wanted.task_id
          order by comment.created_at desc, comment.comment_id desc
          limit :limit
       ) as comment
 order by comment.task_id, comment.created_at, comment.comment_id

-- name: find_mentioned
-- The agents and persons of these names, in whatever case; :name is what was asked for.
select 'agent' as kind,
       agent.agent_id as id,
       agent.name,
       asked.name as asked
  from unnest(:names::text[]) as asked (name)
  join flowforge.agent
    on agent.tenant_id = :tenant_id
   and agent.name = lower(asked.name)
 union all
select 'person',
       person.person_id,
       person.name,
       asked.name
  from unnest(:names::text[]) as asked (name)
  join flowforge.person
    on person.tenant_id = :tenant_id
   and lower(person.name) = lower(asked.name)

-- name: add_mentions
-- Whom a comment mentions; the answer holds only those whom it had not mentioned before.
insert into flowforge.mention (tenant_id, comment_id, kind, subject_id, task_id, by_agent, woken, created_at)
select :tenant_id,
       :comment_id,
       u.kind,
       u.subject_id,
       :task_id,
       :by_agent,
       u.woken,
       :created_at
  from unnest(:kinds::text[], :subject_ids::uuid[], :wakens::boolean[]) as u (kind, subject_id, woken)
 order by u.kind, u.subject_id
    on conflict (tenant_id, comment_id, kind, subject_id) do nothing
returning kind,
          subject_id,
          woken

-- name: mention_chain
-- How many comments by agents have woken agents on this card since somebody else has said something on it.
select count(distinct mention.comment_id)
  from flowforge.mention
 where mention.tenant_id = :tenant_id
   and mention.task_id = :task_id
   and mention.kind = 'agent'
   and mention.woken
   and mention.by_agent
   and mention.created_at > coalesce((select comment.created_at
                                        from flowforge.comment
                                       where comment.tenant_id = :tenant_id
                                         and comment.task_id = :task_id
                                         and comment.author_kind in ('person', 'key')
                                       order by comment.created_at desc
                                       limit 1), '-infinity')

-- name: said_on_card
-- All that is said on a card now.
select text
  from flowforge.comment
 where tenant_id = :tenant_id
   and task_id = :task_id
   and deleted_at is null
