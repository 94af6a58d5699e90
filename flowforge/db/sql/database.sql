-- name: is_writable
-- Whether this server is a primary that takes writes.
select not pg_is_in_recovery()
   and current_setting('transaction_read_only') = 'off'
