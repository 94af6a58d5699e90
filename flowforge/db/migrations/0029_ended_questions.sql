-- What waits in an inbox for somebody's decision: looked for when the run that asks is over.

create index inbox_item_to_decide on flowforge.inbox_item (tenant_id, kind, subject) where kind in ('approval', 'question') and archived_at is null;
