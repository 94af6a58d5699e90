-- name: watch_work
-- One glance: is an evaluation due, and in how many seconds is the next delivery? Null where there is none.
select exists (select from flowforge.alert_rule)
       and coalesce((select looked_at from flowforge.alert_watch), '-infinity') <= now() - :every::float8 * interval '1 second' as evaluate,
       coalesce((select tidied_at from flowforge.alert_watch), '-infinity') <= now() - interval '1 hour' as tidy,
       exists (select from flowforge.alert_channel c
                 join flowforge.approval a on a.tenant_id = c.tenant_id and a.state = 'pending' and a.told_at is null
                where c.settings::json ->> 'approvals' = 'true') as news,
       extract(epoch from (select min(due) from flowforge.alert_delivery where due is not null) - flowforge.now())::float8 as delivery_in;

-- name: make_watch
insert into flowforge.alert_watch default values on conflict do nothing;

-- name: take_watch
-- The one row that whoever evaluates holds until the commit; no answer while somebody else does, or when it was done just now.
select only_row
  from flowforge.alert_watch
 where looked_at <= now() - :every::float8 * interval '1 second'
   for update skip locked;

-- name: leave_watch
update flowforge.alert_watch set looked_at = now();

-- name: every_rule
-- Of all tenants, in the order in which alerts are locked.
select tenant_id, rule_id, name, kind, function_id, threshold, window_seconds, quiet_seconds, channels, created_at
  from flowforge.alert_rule
 order by tenant_id, rule_id;

-- name: see_alerts
-- Open an alert for each finding, or note that the open one was seen again. One that opens again soon after it was resolved stays quiet
-- as long as the earlier one would have.
insert into flowforge.alert as known
       (tenant_id, alert_id, rule_id, rule_name, kind, subject, summary, value, opened_at, last_seen_at, quiet_until)
select :tenant_id, u.alert_id, :rule_id, :rule_name, :kind, u.subject, u.summary, u.value, t.now, t.now,
       coalesce((select max(a.quiet_until) from flowforge.alert a
                  where a.tenant_id = :tenant_id and a.rule_id = :rule_id and a.subject = u.subject), t.now)
  from unnest(:alert_ids::uuid[], :subjects::text[], :summaries::text[], :values::float8[]) as u(alert_id, subject, summary, value),
       (select flowforge.now() as now) t
 order by u.subject
    on conflict (tenant_id, rule_id, subject) where resolved_at is null do update
   set count = known.count + 1, last_seen_at = excluded.last_seen_at, value = excluded.value, summary = excluded.summary;

-- name: alerts_to_tell
-- Open alerts of a rule whose quiet time is over; another one begins.
update flowforge.alert
   set quiet_until = flowforge.now() + :quiet::float8 * interval '1 second', notified = notified + 1
 where tenant_id = :tenant_id and rule_id = :rule_id and resolved_at is null and quiet_until <= flowforge.now()
returning *;

-- name: resolve_alerts
-- Open alerts of a rule that were not found any more.
update flowforge.alert
   set resolved_at = flowforge.now()
 where tenant_id = :tenant_id and rule_id = :rule_id and resolved_at is null and subject <> all(:subjects::text[])
returning *;

-- name: add_deliveries
insert into flowforge.alert_delivery (tenant_id, alert_id, delivery_id, channel, event, payload, due, created_at)
select :tenant_id, u.alert_id, u.delivery_id, u.channel, u.event, u.payload, t.now, t.now
  from unnest(:alert_ids::uuid[], :delivery_ids::uuid[], :channels::text[], :events::text[], :payloads::text[])
         as u(alert_id, delivery_id, channel, event, payload),
       (select flowforge.now() as now) t;

-- name: claim_delivery
-- One delivery that is due, for this caller alone until :hold seconds have passed; to one channel, what is told of an alert goes in order.
with next_due as materialized (
  select x.tenant_id, x.alert_id, x.delivery_id
    from flowforge.alert_delivery x
   where x.due is not null and x.due <= (select flowforge.now())
     and not exists (select from flowforge.alert_delivery e
                      where e.tenant_id = x.tenant_id and e.alert_id = x.alert_id and e.channel = x.channel
                        and e.delivery_id < x.delivery_id and e.due is not null)
   order by x.due
   limit 1
     for update of x skip locked
)
update flowforge.alert_delivery d
   set attempt = d.attempt + 1, due = flowforge.now() + :hold::float8 * interval '1 second'
  from next_due
 where d.tenant_id = next_due.tenant_id and d.alert_id = next_due.alert_id and d.delivery_id = next_due.delivery_id
returning d.tenant_id, d.alert_id, d.delivery_id, d.channel, d.event, d.payload, d.attempt,
          (select c.kind from flowforge.alert_channel c where c.tenant_id = d.tenant_id and c.name = d.channel) as kind,
          (select c.settings from flowforge.alert_channel c where c.tenant_id = d.tenant_id and c.name = d.channel) as settings;

-- name: delivered
-- Only by whoever had the last claim.
update flowforge.alert_delivery
   set due = null, delivered_at = flowforge.now(), error = null
 where tenant_id = :tenant_id and alert_id = :alert_id and delivery_id = :delivery_id and attempt = :attempt and due is not null;

-- name: not_delivered
-- Again after :delay seconds; never again once the delivery is older than :patience seconds, or when it cannot be sent at all.
update flowforge.alert_delivery
   set due = case when :lost or created_at <= flowforge.now() - :patience::float8 * interval '1 second' then null
                  else flowforge.now() + :delay::float8 * interval '1 second' end,
       error = :error
 where tenant_id = :tenant_id and alert_id = :alert_id and delivery_id = :delivery_id and attempt = :attempt and due is not null
returning due;

-- name: tidy
-- Drop what is older than anybody asks for, a bounded number of rows of each tenant; once an hour, by whoever gets there.
with mine as (
  update flowforge.alert_watch set tidied_at = now() where tidied_at <= now() - interval '1 hour' returning only_row
),
old_alerts as materialized (
  select x.tenant_id, x.alert_id
    from flowforge.tenant t
   cross join lateral (select tenant_id, alert_id from flowforge.alert
                        where tenant_id = t.tenant_id and resolved_at < flowforge.now() - interval '30 days'
                        order by alert_id limit 1000) x
   where exists (select from mine)
),
old_news as (
  delete from flowforge.alert_delivery d
   where d.event like 'approval.%' and d.due is null and d.created_at < flowforge.now() - interval '30 days' and exists (select from mine)
),
gone as (
  delete from flowforge.alert a using old_alerts o where a.tenant_id = o.tenant_id and a.alert_id = o.alert_id
)
delete from flowforge.alert_delivery d using old_alerts o where d.tenant_id = o.tenant_id and d.alert_id = o.alert_id;

-- name: list_alerts
-- Newest first.
select *
  from flowforge.alert
 where tenant_id = :tenant_id
   and (:open::boolean is null or (resolved_at is null) = :open)
   and (:before::uuid is null or alert_id < :before)
 order by alert_id desc
 limit :limit;

-- name: deliveries_of
select alert_id, delivery_id, channel, event, attempt, due, delivered_at, error, created_at
  from flowforge.alert_delivery
 where tenant_id = :tenant_id and alert_id = any(:alert_ids::uuid[])
 order by alert_id, delivery_id;
