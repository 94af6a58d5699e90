-- Budgets as records: made, changed, listed with what is used of them, raised, taken away.

-- name: insert_budget
-- A new budget; nothing comes back when its name is taken.
insert into flowforge.budget (tenant_id, budget_id, name, scope, subject, subject_name, unit, period, amount, warn_at, over)
values (:tenant_id, :budget_id, :name, :scope, :subject, :subject_name, :unit, :period, :amount, :warn_at, :over)
    on conflict (tenant_id, name) do nothing
returning budget_id;

-- name: lock_budget
select b.* from flowforge.budget b where b.tenant_id = :tenant_id and b.budget_id = :budget_id for no key update;

-- name: update_budget
update flowforge.budget
   set amount = :amount, warn_at = :warn_at, over = :over, updated_at = now()
 where tenant_id = :tenant_id and budget_id = :budget_id;

-- name: delete_budget
-- With what was noted of its spending. Reservations that name it are settled against nothing.
with gone as (
  delete from flowforge.spend s where s.tenant_id = :tenant_id and s.budget_id = :budget_id
)
delete from flowforge.budget b where b.tenant_id = :tenant_id and b.budget_id = :budget_id returning b.name;

-- name: find_budget
-- By name, or by any ending of the id.
select b.budget_id, b.name
  from flowforge.budget b
 where b.tenant_id = :tenant_id
   and (b.name = :text or (:ending <> '' and right(replace(b.budget_id::text, '-', ''), length(:ending)) = :ending))
 order by b.name;

-- name: budget_names
select b.name from flowforge.budget b where b.tenant_id = :tenant_id order by b.name;

-- name: list_budgets
-- Budgets by name, from behind :after, with the spending of the window that is now: that of all subjects together, and how full the
-- fullest of them is.
with t as materialized (select flowforge.now() as now)
select b.*, w.window_start, count(s.subject)::int as subjects,
       coalesce(sum(s.used), 0) as used, coalesce(sum(s.reserved), 0) as reserved, coalesce(sum(s.raised), 0) as raised,
       coalesce(sum(s.unknown), 0)::int as unknown, coalesce(max((s.used + s.reserved) / (b.amount + s.raised)), 0) as fullest
  from t
 cross join flowforge.budget b
 cross join lateral (select
-- use: budget_window
                            as window_start) w
  left join flowforge.spend s on s.tenant_id = b.tenant_id and s.budget_id = b.budget_id and s.window_start = w.window_start
 where b.tenant_id = :tenant_id and (:budget_id::uuid is null or b.budget_id = :budget_id) and b.name > :after
 group by b.tenant_id, b.budget_id, w.window_start
 order by b.name
 limit :limit;

-- name: list_spending
-- What is used of one budget in the window that is now, the fullest subjects first.
select s.subject, s.used, s.reserved, s.raised, s.unknown
  from flowforge.spend s
  join flowforge.budget b on b.tenant_id = s.tenant_id and b.budget_id = s.budget_id
 where s.tenant_id = :tenant_id and s.budget_id = :budget_id and s.window_start = :window_start
 order by s.used + s.reserved desc, s.subject
 limit :limit;

-- name: note_raise
-- Once for each raise, however often it is told.
insert into flowforge.budget_raise (tenant_id, raise_id, budget_id, subject, window_start, amount, raised_by, raised_at)
values (:tenant_id, :raise_id, :budget_id, :subject, :window_start, :amount, :raised_by, flowforge.now())
    on conflict (tenant_id, raise_id) do nothing
returning raise_id;

-- name: raise_spend
-- There is more to spend in this window; the threshold is a new one.
insert into flowforge.spend as s (tenant_id, budget_id, subject, window_start, raised, raises)
select b.tenant_id, b.budget_id, :subject, :window_start, :amount, 1
  from flowforge.budget b where b.tenant_id = :tenant_id and b.budget_id = :budget_id
    on conflict (tenant_id, budget_id, subject, window_start) do update
   set raised = s.raised + excluded.raised, raises = s.raises + 1, warned_by = null;

-- name: window_of
-- The window of a budget that is now.
select
-- use: budget_window
  from flowforge.budget b, (select flowforge.now() as now) t
 where b.tenant_id = :tenant_id and b.budget_id = :budget_id;

-- name: set_model_limit
insert into flowforge.model_limit (model, tokens_per_minute, requests_per_minute)
values (:model, :tokens_per_minute, :requests_per_minute)
    on conflict (model) do update set tokens_per_minute = excluded.tokens_per_minute, requests_per_minute = excluded.requests_per_minute;

-- name: delete_model_limit
delete from flowforge.model_limit where model = :model returning model;

-- name: list_model_limits
-- Limits of models, and models that are blocked with a key of the deployment's or of this tenant's own, which begins with its id.
select coalesce(l.model, p.model) as model, l.tokens_per_minute, l.requests_per_minute, p.blocked_until
  from flowforge.model_limit l
  full join (select x.model, max(x.blocked_until) as blocked_until
               from flowforge.pace x where x.blocked_until > flowforge.now()
                and (x.key !~ '^[0-9a-f]{32}:' or starts_with(x.key, replace(:tenant_id::uuid::text, '-', '') || ':'))
              group by x.model) p on p.model = l.model
 order by 1;
