-- name: events_page
-- Newest first: one page of events, by name (exactly, or as a LIKE pattern) and time.
select e.event_id, e.key, e.name, e.received_at, e.test
  from flowforge.event e
 where e.tenant_id = :tenant_id
   and (:pattern::text is null or e.name like :pattern)
   and (:test::boolean is null or e.test = :test)
   and (:since::timestamptz is null or e.received_at >= :since)
   and (:before_time::timestamptz is null or (e.received_at, e.event_id) < (:before_time, :before_id::uuid))
 order by e.received_at desc, e.event_id desc
 limit :limit;

-- name: events_page_of_name
-- The same for one name, from its own index.
select e.event_id, e.key, e.name, e.received_at, e.test
  from flowforge.event e
 where e.tenant_id = :tenant_id
   and e.name = :name
   and (:test::boolean is null or e.test = :test)
   and (:since::timestamptz is null or e.received_at >= :since)
   and (:before_time::timestamptz is null or (e.received_at, e.event_id) < (:before_time, :before_id::uuid))
 order by e.received_at desc, e.event_id desc
 limit :limit;

-- name: event_by_id
-- One event, and whether it waits to be matched.
select e.tenant_id, e.event_id, e.key, e.name, e.data, e.received_at, e.test,
       exists (select from flowforge.dispatch d
                where d.tenant_id = e.tenant_id and d.kind = 'e' and d.subject_id = e.event_id) as undispatched
  from flowforge.event e
 where e.tenant_id = :tenant_id
   and e.event_id = :event_id;

-- name: event_of_key
-- The event that a sender's id stands for: a live one, else a test's, as far as the caller may see them.
select k.event_id
  from flowforge.event_key k
  join flowforge.event e on e.tenant_id = k.tenant_id and e.event_id = k.event_id
 where k.tenant_id = :tenant_id
   and k.key in (:key, chr(1) || :key)
 order by e.test
 limit 1;

-- name: events_by_ending
-- Events whose id ends in these hex digits, newest first; at most three, to know whether the ending is ambiguous.
select event_id
  from flowforge.event
 where tenant_id = :tenant_id
   and replace(event_id::text, '-', '') like '%' || :ending
 order by event_id desc
 limit 3;

-- name: event_runs
-- The runs that an event started, in the order in which they were made.
select r.run_id, r.function_id, r.state, r.error, o.state::text as owner_state, o.parked_for::text
  from flowforge.run r
  left join flowforge.owner o on o.tenant_id = r.tenant_id and o.run_id = r.run_id
 where r.tenant_id = :tenant_id
   and r.event_id = :event_id
 order by r.run_id;

-- name: published_triggers
-- Every trigger of every published function, and the tenant's own; a function without one has a row without a trigger.
select f.function_id, t.pattern, t.condition, t.words, t.since
  from flowforge.function f
  left join flowforge.trigger t on t.function_id = f.function_id and (t.tenant_id is null or t.tenant_id = :tenant_id)
 order by f.function_id, t.ordinal;

-- name: event_fates
-- What flow control did with an event, where that was not just to make a run.
select function_id, fate, run_id, detail
  from flowforge.event_fate
 where tenant_id = :tenant_id
   and event_id = :event_id
 order by function_id, fate;
