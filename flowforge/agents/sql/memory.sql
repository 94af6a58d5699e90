-- name: lock_notes_of
-- The agent, locked until commit, so that its notes are counted by one writer at a time; nothing when there is none.
select agent_id
  from flowforge.agent
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   for no key update

-- name: count_notes
select count(*)
  from flowforge.memory_note
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and deleted_at is null

-- part: words_of
setweight(to_tsvector('english', :title::text) || to_tsvector('simple', :title::text), 'A')
|| setweight(to_tsvector('simple', array_to_string(:tags::text[], ' ')), 'B')
|| to_tsvector('english', :text::text) || to_tsvector('simple', :text::text)

-- name: insert_note
-- Nothing happens when there is one of that id already, even a deleted one: a repeat writes once.
insert into flowforge.memory_note (tenant_id, note_id, agent_id, task_id, title, text, tags, pinned, tainted, by_kind, by_name, words)
values (:tenant_id, :note_id, :agent_id, :task_id, :title, :text, :tags, :pinned, :tainted, :by_kind, :by_name,
-- use: words_of
)
on conflict do nothing
returning note_id

-- name: lock_note
select note.*
  from flowforge.memory_note as note
 where note.tenant_id = :tenant_id
   and note.agent_id = :agent_id
   and note.note_id = :note_id
   and note.deleted_at is null
   for no key update

-- name: update_note
-- Written by whoever changes it: words that a person has written are tainted no more.
update flowforge.memory_note
   set title = :title,
       text = :text,
       tags = :tags,
       pinned = :pinned,
       tainted = :tainted,
       by_kind = :by_kind,
       by_name = :by_name,
       revision = revision + 1,
       updated_at = flowforge.now(),
       words =
-- use: words_of
 where tenant_id = :tenant_id
   and note_id = :note_id

-- name: delete_note
-- Its words go; its id stays, so that a repeat of what wrote it does not write it again.
update flowforge.memory_note
   set deleted_at = flowforge.now(),
       title = '',
       text = '',
       tags = '{}',
       words = ''::tsvector
 where tenant_id = :tenant_id
   and note_id = :note_id

-- part: shown_note
note.note_id, note.agent_id, note.task_id, task.key as task, note.title, note.text, note.tags, note.pinned, note.tainted, note.by_kind,
       note.by_name, note.revision, note.created_at, note.updated_at

-- name: find_note
select
-- use: shown_note
  from flowforge.memory_note as note
  left join flowforge.task on task.tenant_id = note.tenant_id and task.task_id = note.task_id
 where note.tenant_id = :tenant_id
   and note.agent_id = :agent_id
   and note.note_id = :note_id
   and note.deleted_at is null

-- name: match_notes
-- The ids of an agent's notes that end so.
select note_id
  from flowforge.memory_note
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and deleted_at is null
   and right(replace(note_id::text, '-', ''), length(:ending)) = :ending
 limit 3

-- name: list_notes
-- An agent's notes, the newest made first, from just behind :after; perhaps only those of a card, or those of none.
select
-- use: shown_note
  from flowforge.memory_note as note
  left join flowforge.task on task.tenant_id = note.tenant_id and task.task_id = note.task_id
 where note.tenant_id = :tenant_id
   and note.agent_id = :agent_id
   and note.deleted_at is null
   and (:after::uuid is null or note.note_id < :after)
   and (:task_id::uuid is null or note.task_id = :task_id)
   and (:tag::text is null or :tag = any(note.tags))
 order by note.note_id desc
 limit :limit

-- name: search_notes
-- The notes that hold any of the words, best first: of the agent at large, and of the card :task_id (:wide: of every card).
select
-- use: shown_note
       , ts_rank(note.words, query.words) as rank
  from (select (replace(plainto_tsquery('english', :query)::text, '&', '|'))::tsquery
               || (replace(plainto_tsquery('simple', :query)::text, '&', '|'))::tsquery as words) as query
  join flowforge.memory_note as note on note.tenant_id = :tenant_id
                                    and note.agent_id = :agent_id
                                    and note.deleted_at is null
                                    and (:wide or note.task_id = :task_id or (:general and note.task_id is null))
                                    and note.words @@ query.words
  left join flowforge.task on task.tenant_id = note.tenant_id and task.task_id = note.task_id
 order by rank desc, note.updated_at desc, note.note_id
 limit :limit

-- name: note_titles
-- What an agent is shown of its notes when it begins: the pinned ones, then the newest, of the agent at large and of this card.
select title,
       cardinality(tainted) > 0 as is_tainted
  from flowforge.memory_note
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and deleted_at is null
   and (task_id is null or task_id = :task_id)
 order by pinned desc, updated_at desc, note_id
 limit :limit

-- name: step_result
-- What a tool call of a run returned.
select name,
       output,
       blob_id
  from flowforge.step
 where tenant_id = :tenant_id
   and run_id = :run_id
   and key = :key
   and kind = 'tool'
   and state = 2
