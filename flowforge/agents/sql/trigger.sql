-- name: insert_trigger
insert into flowforge.agent_trigger (tenant_id, trigger_id, agent_id, kind, definition, created_by, created_at)
values (:tenant_id, :trigger_id, :agent_id, :kind, :definition, :created_by, flowforge.now())

-- name: publish_trigger
-- What the engine matches events with: for this tenant's events alone.
insert into flowforge.trigger (function_id, trigger_id, ordinal, source, pattern, condition, words, tenant_id)
values (:function_id, :trigger_id, 0, :source, :pattern, :condition, :words, :tenant_id)

-- name: publish_times
-- Times of this tenant's own; several agents may share them.
insert into flowforge.schedule (tenant_id, function_id, cron, zone, catch_up, overlap, max_catch_up)
values (:tenant_id, :function_id, :cron, :zone, :catch_up, 'allow', :max_catch_up)
on conflict (tenant_id, function_id, cron, zone) do nothing

-- name: withdraw_times
-- Unless another trigger of the tenant has the same times.
delete from flowforge.schedule
 where schedule.tenant_id = :tenant_id
   and schedule.function_id = :function_id
   and schedule.cron = :cron
   and schedule.zone = :zone
   and not exists (select 1
                     from flowforge.agent_trigger as other
                    where other.tenant_id = :tenant_id
                      and other.kind = 'cron'
                      and other.trigger_id <> :trigger_id
                      and other.definition::json ->> 'cron' = :cron
                      and other.definition::json ->> 'tz' = :zone)

-- name: publish_hook
-- Nothing comes back when the name is another app's, or says something else.
insert into flowforge.webhook as hook (tenant_id, name, app, scheme, secret_env)
values (:tenant_id, :name, :app, :scheme, :secret_env)
    on conflict (tenant_id, name) do update
   set published_at = now()
 where hook.scheme = excluded.scheme
   and hook.secret_env is not distinct from excluded.secret_env
   and hook.event is null
returning name

-- name: withdraw_hook
-- Unless another trigger of the tenant hears it, or an app has published it.
delete from flowforge.webhook
 where webhook.tenant_id = :tenant_id
   and webhook.name = :name
   and webhook.app = :app
   and not exists (select 1
                     from flowforge.agent_trigger as other
                    where other.tenant_id = :tenant_id
                      and other.kind = 'webhook'
                      and other.trigger_id <> :trigger_id
                      and other.definition::json ->> 'webhook' = :name)

-- name: list_triggers
-- An agent's triggers, the oldest first, from behind :after.
select trigger_id,
       agent_id,
       kind,
       definition,
       created_by,
       created_at
  from flowforge.agent_trigger
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and (:after::uuid is null or trigger_id > :after)
 order by trigger_id
 limit :limit

-- name: delete_trigger
with engine as (
  delete from flowforge.trigger where tenant_id = :tenant_id and trigger_id = :published_id
)
delete from flowforge.agent_trigger
 where tenant_id = :tenant_id
   and agent_id = :agent_id
   and trigger_id = :trigger_id
returning trigger_id, agent_id, kind, definition, created_by, created_at

-- name: triggers_of_tenant
-- Every trigger of a tenant with the agent that it starts, the oldest first.
select agent_trigger.trigger_id,
       agent_trigger.agent_id,
       agent_trigger.kind,
       agent_trigger.definition,
       agent_trigger.created_by,
       agent_trigger.created_at,
       agent.name as agent,
       agent.archived_at
  from flowforge.agent_trigger
  join flowforge.agent using (tenant_id, agent_id)
 where agent_trigger.tenant_id = :tenant_id
 order by agent_trigger.trigger_id
 limit 10000
