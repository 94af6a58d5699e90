-- name: glance
-- Is there anybody to send to? Without an endpoint nothing else is asked.
select exists (select from flowforge.webhook_endpoint) or exists (select from flowforge.webhook_notice);

-- name: tenants_with_notices
select tenant_id, min(created_at)
  from (select tenant_id, created_at from flowforge.webhook_notice order by created_at limit 1000) x
 group by tenant_id
 order by 2;

-- name: take_notices
with mine as materialized (
  select n.notice_id
    from flowforge.webhook_notice n
   where n.tenant_id = :tenant_id
   order by n.created_at
   limit :limit
     for update skip locked
)
delete from flowforge.webhook_notice n
 using mine m
 where n.tenant_id = :tenant_id and n.notice_id = m.notice_id
returning n.name, n.subject_id, n.data, n.created_at;

-- name: listening_endpoints
select endpoint_id, events from flowforge.webhook_endpoint where tenant_id = :tenant_id and enabled order by endpoint_id;

-- name: told_runs
select run_id, function_id, attempt, error, agent_id, task_id, started_at, ended_at
  from flowforge.run
 where tenant_id = :tenant_id and run_id = any(:run_ids::uuid[]);

-- name: add_deliveries
insert into flowforge.webhook_delivery (tenant_id, delivery_id, endpoint_id, event, payload, due, give_up_at, created_at)
select :tenant_id, u.delivery_id, u.endpoint_id, u.event, u.payload, t.now, t.now + :patience::float8 * interval '1 second', t.now
  from unnest(:delivery_ids::uuid[], :endpoint_ids::uuid[], :events::text[], :payloads::text[]) as u(delivery_id, endpoint_id, event, payload),
       (select flowforge.now() as now) t
    on conflict do nothing;

-- name: claim_deliveries
-- Deliveries that are due, for this caller alone until :hold seconds have passed. Of one endpoint at most :each with those that the caller
-- is sending already (:busy_endpoints names each of them), and only one while it fails; of one tenant at most :each_tenant, and nothing of
-- those for whom the caller cannot sign.
with due as materialized (
  select x.tenant_id, x.delivery_id, x.due,
         row_number() over (partition by x.tenant_id order by x.due)
           + (select count(*) from unnest(:busy_tenants::uuid[]) b where b = x.tenant_id) as place
    from (select d.tenant_id, d.delivery_id, d.due
            from flowforge.webhook_endpoint e
           cross join lateral (
                 select w.tenant_id, w.delivery_id, w.due
                   from flowforge.webhook_delivery w
                  where w.tenant_id = e.tenant_id and w.endpoint_id = e.endpoint_id and w.due <= (select flowforge.now())
                  order by w.due
                  limit greatest(0, case when e.failing_since is null then :each::int else 1 end
                                    - (select count(*) from unnest(:busy_endpoints::uuid[]) b where b = e.endpoint_id))
                    for update skip locked) d
           where e.enabled and e.tenant_id <> all(:unsigned_tenants::uuid[])) x
)
update flowforge.webhook_delivery d
   set attempt = d.attempt + 1, due = flowforge.now() + :hold::float8 * interval '1 second'
  from (select tenant_id, delivery_id from due where place <= :each_tenant::int order by due limit :limit) n,
       flowforge.webhook_endpoint e
 where d.tenant_id = n.tenant_id and d.delivery_id = n.delivery_id
   and e.tenant_id = d.tenant_id and e.endpoint_id = d.endpoint_id
returning d.tenant_id, d.delivery_id, d.endpoint_id, d.event, d.payload, d.attempt, d.failures, e.url;

-- name: delivered
-- Only by whoever had the last claim.
update flowforge.webhook_delivery
   set due = null, delivered_at = flowforge.now(), error = null, failures = 0
 where tenant_id = :tenant_id and delivery_id = :delivery_id and attempt = :attempt and due is not null;

-- name: not_delivered
-- Again after :delay seconds, unless that is later than it is worth while. Returns whether it will be.
update flowforge.webhook_delivery
   set due = case when flowforge.now() + :delay::float8 * interval '1 second' <= give_up_at
                  then flowforge.now() + :delay * interval '1 second' end,
       failures = failures + :failures::int,
       error = :error
 where tenant_id = :tenant_id and delivery_id = :delivery_id and attempt = :attempt and due is not null
returning due is not null;

-- name: add_attempt
insert into flowforge.webhook_attempt (tenant_id, delivery_id, attempt, started_at, ms, status, answer, error)
select :tenant_id, :delivery_id, :attempt, flowforge.now() - :ms::int * interval '1 millisecond', :ms, :status, :answer, :error
 where exists (select from flowforge.webhook_delivery where tenant_id = :tenant_id and delivery_id = :delivery_id)
    on conflict do nothing;

-- name: list_deliveries
-- The newest first.
select delivery_id, endpoint_id, event, attempt, due, delivered_at, error, created_at
  from flowforge.webhook_delivery
 where tenant_id = :tenant_id
   and (:endpoint_id::uuid is null or endpoint_id = :endpoint_id)
   and (:state::text is null or :state = case when delivered_at is not null then 'delivered' when due is null then 'failed' else 'pending' end)
   and (:before::uuid is null or delivery_id < :before)
 order by delivery_id desc
 limit :limit;

-- name: deliveries_by_ending
-- At most two, to know whether the ending is ambiguous.
select delivery_id
  from flowforge.webhook_delivery
 where tenant_id = :tenant_id and right(replace(delivery_id::text, '-', ''), length(:ending::text)) = :ending
 limit 2;

-- name: find_delivery
select delivery_id, endpoint_id, event, attempt, due, delivered_at, error, created_at, payload
  from flowforge.webhook_delivery
 where tenant_id = :tenant_id and delivery_id = :delivery_id;

-- name: attempts_of
select attempt, started_at, ms, status, answer, error
  from flowforge.webhook_attempt
 where tenant_id = :tenant_id and delivery_id = :delivery_id
 order by attempt;

-- name: send_again
-- Now, under the same id, with all its attempts before it.
update flowforge.webhook_delivery
   set due = t.now, delivered_at = null, failures = 0, give_up_at = t.now + :patience::float8 * interval '1 second'
  from (select flowforge.now() as now) t
 where tenant_id = :tenant_id and delivery_id = :delivery_id
returning endpoint_id;

-- name: drop_old_deliveries
-- What is over and older than anybody asks for, a bounded number of each tenant. Returns how many.
with old as materialized (
  select x.tenant_id, x.delivery_id
    from flowforge.tenant t
   cross join lateral (select tenant_id, delivery_id from flowforge.webhook_delivery
                        where tenant_id = t.tenant_id and due is null and created_at < flowforge.now() - interval '30 days'
                        order by delivery_id limit 1000) x
),
attempts as (
  delete from flowforge.webhook_attempt a using old o where a.tenant_id = o.tenant_id and a.delivery_id = o.delivery_id
)
delete from flowforge.webhook_delivery d using old o where d.tenant_id = o.tenant_id and d.delivery_id = o.delivery_id;
