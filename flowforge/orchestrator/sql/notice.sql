-- Notices for outgoing webhooks, written in the transaction of what they tell, and only where an endpoint listens.

-- part: heard
exists (select from flowforge.webhook_endpoint w
         where w.tenant_id = n.tenant_id and w.enabled
           and w.events && array[n.name, split_part(n.name, '.', 1) || '.*', '*'])

-- name: give_notice
insert into flowforge.webhook_notice (tenant_id, name, subject_id, data, created_at)
select n.tenant_id, n.name, n.subject_id, n.data, flowforge.now()
  from (select :tenant_id::uuid as tenant_id, :name::text as name, :subject_id::uuid as subject_id, :data::text as data) n
 where
-- use: heard
;
