-- name: board_now
select flowforge.now()

-- name: inbox_setting
select digest,
       hour,
       weekday,
       time_zone,
       mail
  from flowforge.inbox_setting
 where tenant_id = :tenant_id
   and person_id = :person_id

-- name: put_setting
insert into flowforge.inbox_setting (tenant_id, person_id, digest, hour, weekday, time_zone, mail, digest_due, updated_at)
values (:tenant_id, :person_id, :digest, :hour, :weekday, :time_zone, :mail, :digest_due, (select flowforge.now()))
    on conflict (tenant_id, person_id) do update
   set digest = excluded.digest,
       hour = excluded.hour,
       weekday = excluded.weekday,
       time_zone = excluded.time_zone,
       mail = excluded.mail,
       digest_due = excluded.digest_due,
       updated_at = excluded.updated_at
