-- name: watch_by_default
-- Who has a card, answers for it, acts on it or is named on it watches it from now on, unless they have said that they do not want to.
insert into flowforge.watcher (tenant_id, task_id, person_id)
select task.tenant_id,
       task.task_id,
       person.person_id
  from flowforge.task
  join flowforge.person
    on person.tenant_id = task.tenant_id
   and (person.person_id in (task.person_id, task.owner_id)
        or person.person_id = any(:person_ids::uuid[])
        or person.name = :actor)
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id
 order by person.person_id
    on conflict (tenant_id, task_id, person_id) do nothing

-- name: set_watching
-- Answers whether that has changed anything.
insert into flowforge.watcher as known (tenant_id, task_id, person_id, watching, since)
values (:tenant_id, :task_id, :person_id, :watching, (select flowforge.now()))
    on conflict (tenant_id, task_id, person_id) do update
   set watching = excluded.watching,
       since = excluded.since
 where known.watching <> excluded.watching
returning person_id

-- name: find_watcher
select watching,
       since
  from flowforge.watcher
 where tenant_id = :tenant_id
   and task_id = :task_id
   and person_id = :person_id

-- name: list_watchers
-- Who watches these cards: of each the first :limit, by name.
select watching.*
  from unnest(:task_ids::uuid[]) as wanted (task_id)
 cross join lateral (
         select watcher.task_id,
                watcher.person_id,
                person.name,
                watcher.since
           from flowforge.watcher
           join flowforge.person
             on person.tenant_id = watcher.tenant_id
            and person.person_id = watcher.person_id
          where watcher.tenant_id = :tenant_id
            and watcher.task_id = wanted.task_id
            and watcher.watching
            and (:after::text is null or person.name > :after)
          order by person.name
          limit :limit
       ) as watching
 order by watching.task_id, watching.name

-- name: responsible_person
-- The person who stays responsible for a card: its owner, and where it has none, the person who made it.
select coalesce(
         task.owner_id,
         (select person.person_id
            from flowforge.person
           where person.tenant_id = task.tenant_id
             and person.name = task.created_by)
       )
  from flowforge.task
 where task.tenant_id = :tenant_id
   and task.task_id = :task_id
