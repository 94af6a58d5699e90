-- part: inbox_item
inbox_item.item_id,
       inbox_item.kind,
       inbox_item.subject,
       inbox_item.task,
       inbox_item.title,
       inbox_item.text,
       inbox_item.by_kind,
       inbox_item.by,
       inbox_item.stage,
       inbox_item.count,
       inbox_item.seq,
       inbox_item.created_at,
       inbox_item.updated_at,
       inbox_item.read_at,
       inbox_item.archived_at,
       inbox_item.snoozed_until

-- part: item_as_json
json_build_object(
         'id', 'inb_' || replace(item_id::text, '-', ''),
         'kind', kind,
         'subject', subject,
         'task', task,
         'title', title,
         'text', text,
         'by', by,
         'by_kind', by_kind,
         'stage', nullif(stage, ''),
         'count', count,
         'seq', seq,
         'unread', true,
         'created_at', created_at at time zone 'UTC',
         'updated_at', updated_at at time zone 'UTC'
       )::text

-- name: notify
-- Put notices before people, in one statement however many they are: :places says whose notice each of :person_ids is; a notice :to_watchers
-- goes to whoever watches the card as well, unless they are told more particularly. The actor is told nothing of their own act. One row
-- for each person, kind and subject: there already, it is refreshed. The streams' counters are locked in key order until the commit, so call
-- it once, and last, in a transaction. Answers whom it has told.
with notice as (
  select *
    from unnest(
           :kinds::text[],
           :subjects::text[],
           :tasks::text[],
           :titles::text[],
           :texts::text[],
           :bys_kind::text[],
           :bys::text[],
           :stages::text[],
           :to_watchers::boolean[]
         ) with ordinality as n (kind, subject, task, title, text, by_kind, by, stage, to_watchers, place)
),
moment as materialized (
  select flowforge.now() as now
),
actor as materialized (
  select coalesce(
           :actor_id::uuid,
           (select person.person_id
              from flowforge.person
             where person.tenant_id = :tenant_id
               and person.name = :actor::text)
         ) as person_id
),
named as materialized (
  select distinct wanted.person_id, wanted.place
    from unnest(:person_ids::uuid[], :places::bigint[]) as wanted (person_id, place)
    join flowforge.person
      on person.tenant_id = :tenant_id
     and person.person_id = wanted.person_id
   where wanted.person_id is distinct from (select actor.person_id from actor)
),
told as materialized (
  select distinct on (addressed.person_id, notice.kind, notice.subject)
         addressed.person_id,
         md5(concat_ws(' ', addressed.person_id, notice.kind, notice.subject))::uuid as item_id,
         notice.*
    from (
          select named.person_id, named.place
            from named
           union all
          select watcher.person_id, notice.place
            from notice
            join flowforge.watcher
              on notice.to_watchers
             and watcher.tenant_id = :tenant_id
             and watcher.task_id = :task_id
             and watcher.watching
           where watcher.person_id is distinct from (select actor.person_id from actor)
             and watcher.person_id not in (select named.person_id from named)
         ) as addressed
    join notice
      on notice.place = addressed.place
   order by addressed.person_id, notice.kind, notice.subject, notice.place
),
counted as (
  insert into flowforge.stream as known (tenant_id, stream_id, last_seq)
  select :tenant_id, told.person_id, count(*)
    from told
   group by told.person_id
   order by told.person_id
      on conflict (tenant_id, stream_id) do update
     set last_seq = known.last_seq + excluded.last_seq
  returning stream_id, last_seq
),
stored as (
  insert into flowforge.inbox_item as known
         (tenant_id, person_id, item_id, kind, subject, task, title, text, by_kind, by, stage, seq, created_at, updated_at)
  select :tenant_id, told.person_id, told.item_id, told.kind, told.subject, told.task, told.title, told.text, told.by_kind, told.by,
         told.stage,
         counted.last_seq + 1 - row_number() over (partition by told.person_id order by told.place desc, told.item_id),
         moment.now, moment.now
    from told
    join counted
      on counted.stream_id = told.person_id
   cross join moment
      on conflict (tenant_id, person_id, item_id) do update
     set task = excluded.task,
         title = excluded.title,
         text = excluded.text,
         by_kind = excluded.by_kind,
         by = excluded.by,
         stage = excluded.stage,
         count = case when known.read_at is null and known.archived_at is null then known.count + 1 else 1 end,
         seq = excluded.seq,
         updated_at = excluded.updated_at,
         read_at = null,
         archived_at = null
  returning *
),
mailed as (
  insert into flowforge.inbox_mail as known (tenant_id, person_id, occasion, mail_id, due, created_at)
  select stored.tenant_id, stored.person_id, stored.item_id::text, md5(concat_ws(' ', stored.item_id, stored.seq))::uuid,
         stored.updated_at + :mail_delay::interval, stored.updated_at
    from stored
    join flowforge.inbox_setting
      on inbox_setting.tenant_id = stored.tenant_id
     and inbox_setting.person_id = stored.person_id
     and stored.kind = any(inbox_setting.mail)
      on conflict (tenant_id, person_id, occasion) do update
     set mail_id = case when known.due is null then excluded.mail_id else known.mail_id end,
         due = coalesce(known.due, excluded.due),
         attempt = case when known.due is null then 0 else known.attempt end,
         created_at = case when known.due is null then excluded.created_at else known.created_at end
)
insert into flowforge.frame (tenant_id, stream_id, seq, name, data)
select tenant_id, person_id, seq, 'inbox.item',
-- use: item_as_json
  from stored
returning stream_id as person_id

-- name: people_with_role
-- Who may at least what that role may, and can act.
select person_id
  from flowforge.person
 where tenant_id = :tenant_id
   and role = any(:roles::text[])
   and disabled_at is null
 order by person_id

-- name: inbox_person
-- The person behind somebody who acts: by id, or, where none is known, by name.
select person_id,
       name
  from flowforge.person
 where tenant_id = :tenant_id
   and (person_id = :person_id or (:person_id::uuid is null and name = :name))

-- name: list_inbox
-- The newest first, from before :before. What is snoozed comes back at its time.
select
-- use: inbox_item
  from flowforge.inbox_item
 where tenant_id = :tenant_id
   and person_id = :person_id
   and (archived_at is not null) = :archived::boolean
   and (:archived::boolean or coalesce(snoozed_until > (select flowforge.now()), false) = :snoozed::boolean)
   and (not :unread::boolean or read_at is null)
   and (:kind::text is null or kind = :kind)
   and (:before::bigint is null or seq < :before)
 order by seq desc
 limit :limit

-- name: count_inbox
-- What is unread and neither archived nor snoozed, by kind; and the number of the stream's newest frame.
select coalesce((select json_object_agg(x.kind, x.count)::text
                   from (select kind, count(*) as count
                           from flowforge.inbox_item
                          where tenant_id = :tenant_id
                            and person_id = :person_id
                            and archived_at is null
                            and read_at is null
                            and (snoozed_until is null or snoozed_until <= (select flowforge.now()))
                          group by kind) as x), '{}') as kinds,
       coalesce((select last_seq
                   from flowforge.stream
                  where tenant_id = :tenant_id
                    and stream_id = :person_id), 0) as seq

-- name: lock_inbox
-- Until the commit. The counter of the stream comes before the items, in everybody's lock order.
select last_seq
  from flowforge.stream
 where tenant_id = :tenant_id
   and stream_id = :person_id
   for no key update

-- name: known_items
-- Which of these items the person has.
select item_id
  from flowforge.inbox_item
 where tenant_id = :tenant_id
   and person_id = :person_id
   and item_id = any(:item_ids::uuid[])

-- part: these_items
 where tenant_id = :tenant_id
   and person_id = :person_id
   and (item_id = any(:item_ids::uuid[]) or (:up_to::bigint is not null and archived_at is null and seq <= :up_to))

-- name: mark_read
-- Read, or unread again. Answers what has changed.
update flowforge.inbox_item
   set read_at = case when :read::boolean then (select flowforge.now()) end
-- use: these_items
   and (read_at is null) = :read::boolean
returning item_id

-- name: mark_archived
-- What is archived is read as well.
update flowforge.inbox_item
   set archived_at = case when :archived::boolean then (select flowforge.now()) end,
       read_at = case when :archived::boolean then coalesce(read_at, (select flowforge.now())) else read_at end
-- use: these_items
   and (archived_at is null) = :archived::boolean
returning item_id

-- name: mark_snoozed
update flowforge.inbox_item
   set snoozed_until = :until
-- use: these_items
   and snoozed_until is distinct from :until::timestamptz
returning item_id

-- name: take_back
-- What a comment said that was deleted goes from the inboxes of those who were told of it; where it was all that an item told of, the item
-- counts as read, and is not mailed. Only for the holder of the card's lock.
update flowforge.inbox_item
   set text = '',
       read_at = case when inbox_item.count = 1 then coalesce(inbox_item.read_at, (select flowforge.now())) else inbox_item.read_at end
  from (select watcher.person_id
          from flowforge.watcher
         where watcher.tenant_id = :tenant_id
           and watcher.task_id = :task_id
         union
        select mention.subject_id
          from flowforge.mention
         where mention.tenant_id = :tenant_id
           and mention.comment_id = :comment_id
           and mention.kind = 'person') as told
 cross join unnest(array['commented', 'mentioned']) as of_comments (kind)
 where inbox_item.tenant_id = :tenant_id
   and inbox_item.person_id = told.person_id
   and inbox_item.item_id = md5(concat_ws(' ', told.person_id, of_comments.kind, :subject::text))::uuid
   and inbox_item.by = :author
   and inbox_item.text = :text

-- name: put_away
-- What nobody needs to act on any more leaves everybody's inbox. Only for the holder of its subject's lock.
update flowforge.inbox_item
   set archived_at = (select flowforge.now()),
       read_at = coalesce(inbox_item.read_at, (select flowforge.now()))
  from flowforge.person
 where person.tenant_id = :tenant_id
   and inbox_item.tenant_id = person.tenant_id
   and inbox_item.person_id = person.person_id
   and inbox_item.item_id = md5(concat_ws(' ', person.person_id, :kind::text, :subject::text))::uuid
   and inbox_item.archived_at is null

-- name: put_away_ended
-- Approvals and questions whose run is over leave everybody's inbox, :limit of them: nobody's answer would be heard any more.
with ended as materialized (
  select item.tenant_id,
         item.person_id,
         item.item_id
    from flowforge.inbox_item as item
    left join flowforge.approval
      on item.kind = 'approval'
     and approval.tenant_id = item.tenant_id
     and approval.approval_id = substr(item.subject, 5)::uuid
    left join flowforge.question
      on item.kind = 'question'
     and question.tenant_id = item.tenant_id
     and question.question_id = substr(item.subject, 5)::uuid
   where item.kind in ('approval', 'question')
     and item.archived_at is null
     and not exists (select
                       from flowforge.run
                      where run.tenant_id = item.tenant_id
                        and run.run_id = coalesce(approval.run_id, question.run_id)
                        and run.state = 'open')
   limit :limit
     for update of item skip locked
)
update flowforge.inbox_item
   set archived_at = (select flowforge.now()),
       read_at = coalesce(inbox_item.read_at, (select flowforge.now()))
  from ended
 where inbox_item.tenant_id = ended.tenant_id
   and inbox_item.person_id = ended.person_id
   and inbox_item.item_id = ended.item_id
returning inbox_item.item_id

-- name: append_inbox_frame
-- One frame on a person's stream, whose counter is made where there is none yet.
with counted as (
  insert into flowforge.stream as known (tenant_id, stream_id, last_seq)
  values (:tenant_id, :person_id, 1)
      on conflict (tenant_id, stream_id) do update
     set last_seq = known.last_seq + 1
  returning stream_id, last_seq
)
insert into flowforge.frame (tenant_id, stream_id, seq, name, data)
select :tenant_id, counted.stream_id, counted.last_seq, :name, :data
  from counted
returning seq
