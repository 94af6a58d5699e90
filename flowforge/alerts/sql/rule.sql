-- name: create_rule
-- Nothing happens when the name is taken.
insert into flowforge.alert_rule (tenant_id, rule_id, name, kind, function_id, threshold, window_seconds, quiet_seconds, channels)
values (:tenant_id, :rule_id, :name, :kind, :function_id, :threshold, :window_seconds, :quiet_seconds, :channels)
    on conflict do nothing
returning tenant_id, rule_id, name, kind, function_id, threshold, window_seconds, quiet_seconds, channels, created_at;

-- name: count_rules
select count(*) from flowforge.alert_rule where tenant_id = :tenant_id;

-- name: rule_named
select tenant_id, rule_id, name, kind, function_id, threshold, window_seconds, quiet_seconds, channels, created_at
  from flowforge.alert_rule
 where tenant_id = :tenant_id and name = :name;

-- name: list_rules
-- By name.
select tenant_id, rule_id, name, kind, function_id, threshold, window_seconds, quiet_seconds, channels, created_at
  from flowforge.alert_rule
 where tenant_id = :tenant_id and (:after::text is null or name > :after)
 order by name
 limit :limit;

-- name: delete_rule
-- With its open alerts closed, about which nobody is told.
with gone as (
  delete from flowforge.alert_rule where tenant_id = :tenant_id and name = :name returning rule_id
),
closed as (
  update flowforge.alert a set resolved_at = flowforge.now()
    from gone
   where a.tenant_id = :tenant_id and a.rule_id = gone.rule_id and a.resolved_at is null
)
select rule_id from gone;

-- name: create_channel
-- Nothing happens when the name is taken.
insert into flowforge.alert_channel (tenant_id, channel_id, name, kind, settings)
values (:tenant_id, :channel_id, :name, :kind, :settings)
    on conflict do nothing
returning channel_id, name, kind, settings, created_at;

-- name: channel_named
select channel_id, name, kind, settings, created_at
  from flowforge.alert_channel
 where tenant_id = :tenant_id and name = :name;

-- name: list_channels
-- By name.
select channel_id, name, kind, settings, created_at
  from flowforge.alert_channel
 where tenant_id = :tenant_id and (:after::text is null or name > :after)
 order by name
 limit :limit;

-- name: lock_channels
-- So that a channel does not go while a rule that names it comes.
select name from flowforge.alert_channel where tenant_id = :tenant_id and name = any(:names::text[]) order by name for share;

-- name: lock_channel
select name from flowforge.alert_channel where tenant_id = :tenant_id and name = :name for update;

-- name: rules_of_channel
select name from flowforge.alert_rule where tenant_id = :tenant_id and :name = any(channels) order by name limit 5;

-- name: delete_channel
delete from flowforge.alert_channel where tenant_id = :tenant_id and name = :name returning channel_id;
