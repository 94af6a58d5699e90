-- name: mail_is_due
-- One glance: is there a digest to make, or mail to send?
select exists (select from flowforge.inbox_setting where digest_due <= flowforge.now())
    or exists (select from flowforge.inbox_mail where due <= flowforge.now());

-- name: due_digests
-- Of all tenants.
select s.tenant_id, s.person_id, s.digest, s.hour, s.weekday, s.time_zone, s.mail, s.digest_due, t.now
  from flowforge.inbox_setting s, (select flowforge.now() as now) t
 where s.digest_due <= t.now
 order by s.digest_due
 limit :limit;

-- name: make_digest
-- The date moves on, by one of those who have seen it; where something is unread, there is a mail. Answers whether the date was moved.
with moved as (
  update flowforge.inbox_setting
     set digest_due = :following
   where tenant_id = :tenant_id and person_id = :person_id and digest_due = :was
  returning tenant_id, person_id
),
mail as (
  insert into flowforge.inbox_mail (tenant_id, person_id, occasion, mail_id, due, created_at)
  select m.tenant_id, m.person_id, :occasion, :mail_id, t.now, t.now
    from moved m, (select flowforge.now() as now) t
   where exists (select from flowforge.inbox_item i
                  where i.tenant_id = m.tenant_id and i.person_id = m.person_id and i.read_at is null and i.archived_at is null
                    and (i.snoozed_until is null or i.snoozed_until <= t.now))
      on conflict (tenant_id, person_id, occasion) do update
     set mail_id = excluded.mail_id, due = excluded.due, attempt = 0, created_at = excluded.created_at, error = null
)
select person_id from moved;

-- name: claim_mail
-- One mail that is due, for this caller alone until :hold seconds have passed; with the address, the mail server, and, of an item that is
-- still unread, what it says.
with next_due as materialized (
  select x.tenant_id, x.person_id, x.occasion
    from flowforge.inbox_mail x
   where x.due is not null and x.due <= (select flowforge.now())
   order by x.due
   limit 1
     for update of x skip locked
)
update flowforge.inbox_mail m
   set attempt = m.attempt + 1, due = flowforge.now() + :hold::float8 * interval '1 second'
  from next_due
 where m.tenant_id = next_due.tenant_id and m.person_id = next_due.person_id and m.occasion = next_due.occasion
returning m.tenant_id, m.person_id, m.occasion, m.mail_id, m.attempt,
          (select a.email
             from flowforge.person p
             join flowforge.account a on a.account_id = p.account_id and a.disabled_at is null
            where p.tenant_id = m.tenant_id and p.person_id = m.person_id and p.role is not null and p.disabled_at is null) as email,
          (select c.settings from flowforge.alert_channel c
            where c.tenant_id = m.tenant_id and c.kind = 'smtp' order by c.name limit 1) as settings,
          (select count(*) from flowforge.inbox_item i
            where i.tenant_id = m.tenant_id and i.person_id = m.person_id and i.read_at is null and i.archived_at is null
              and (i.snoozed_until is null or i.snoozed_until <= flowforge.now())) as unread,
          (select i.title from flowforge.inbox_item i
            where i.tenant_id = m.tenant_id and i.person_id = m.person_id and i.item_id::text = m.occasion
              and i.read_at is null and i.archived_at is null) as title,
          (select i.text from flowforge.inbox_item i
            where i.tenant_id = m.tenant_id and i.person_id = m.person_id and i.item_id::text = m.occasion) as text;

-- name: mail_settled
-- Sent, or needless; only by whoever had the last claim.
update flowforge.inbox_mail
   set due = null, sent_at = case when :sent::boolean then flowforge.now() else sent_at end, error = :error
 where tenant_id = :tenant_id and person_id = :person_id and occasion = :occasion and attempt = :attempt and due is not null;

-- name: mail_not_sent
-- Again after :delay seconds; never again once it is older than :patience seconds, or when it cannot be sent at all.
update flowforge.inbox_mail
   set due = case when :lost or created_at <= flowforge.now() - :patience::float8 * interval '1 second' then null
                  else flowforge.now() + :delay::float8 * interval '1 second' end,
       error = :error
 where tenant_id = :tenant_id and person_id = :person_id and occasion = :occasion and attempt = :attempt and due is not null;

-- name: tidy_inboxes
-- Drop what nobody looks for any more, a bounded number of rows: items that were read and have not been refreshed since, mail that is
-- settled, and messages that were read.
with old_items as materialized (
  select tenant_id, person_id, item_id
    from flowforge.inbox_item
   where read_at < flowforge.now() - :items::interval and updated_at < flowforge.now() - :items::interval
   limit 5000
),
items as (
  delete from flowforge.inbox_item i using old_items o
   where i.tenant_id = o.tenant_id and i.person_id = o.person_id and i.item_id = o.item_id and i.read_at is not null
),
old_mail as materialized (
  select tenant_id, person_id, occasion
    from flowforge.inbox_mail
   where due is null and created_at < flowforge.now() - :settled::interval
   limit 5000
),
mail as (
  delete from flowforge.inbox_mail m using old_mail o
   where m.tenant_id = o.tenant_id and m.person_id = o.person_id and m.occasion = o.occasion and m.due is null
),
old_messages as materialized (
  select tenant_id, message_id
    from flowforge.agent_message
   where taken_at < flowforge.now() - :settled::interval
   limit 5000
)
delete from flowforge.agent_message g using old_messages o where g.tenant_id = o.tenant_id and g.message_id = o.message_id;
