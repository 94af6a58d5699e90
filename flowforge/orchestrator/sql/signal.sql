-- name: store_signal
-- A signal to a run whose owner row the caller has locked, which gives signals their order. Null: it was stored already.
insert into flowforge.signal (tenant_id, run_id, signal_id, seq, name, data, sent_at)
select :tenant_id, :run_id, :signal_id,
       1 + coalesce((select max(s.seq) from flowforge.signal s
                      where s.tenant_id = :tenant_id and s.run_id = :run_id and s.name = :name), 0),
       :name, :data, flowforge.now()
    on conflict (tenant_id, run_id, signal_id) do nothing
returning seq;

-- name: take_signal
-- The oldest signal of a name that no other step of the run has taken. Repeating it gives the same one. One row at most is locked,
-- and a row that another look of the run holds is passed over.
with own as materialized (
  select s.signal_id
    from flowforge.signal s
   where s.tenant_id = :tenant_id and s.run_id = :run_id and s.name = :name and s.taken_key = :key
),
next as materialized (
  select s.signal_id
    from flowforge.signal s
   where s.tenant_id = :tenant_id and s.run_id = :run_id and s.name = :name and s.taken_key is null
     and not exists (select from own)
   order by s.seq
   limit 1
     for no key update skip locked
)
update flowforge.signal s
   set taken_key = :key
  from (select signal_id from own union all select signal_id from next) x
 where s.tenant_id = :tenant_id and s.run_id = :run_id and s.signal_id = x.signal_id
returning s.signal_id, s.data;

-- name: signalled
-- A run that takes no more signals: how it ended, and whether this signal reached it before.
select r.state, exists (select from flowforge.signal s
                         where s.tenant_id = r.tenant_id and s.run_id = r.run_id and s.signal_id = :signal_id) as stored
  from flowforge.run r
 where r.tenant_id = :tenant_id
   and r.run_id = :run_id;
