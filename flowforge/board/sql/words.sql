-- name: add_words
insert into flowforge.task_word (tenant_id, word, task_id, source)
select :tenant_id,
       words.word,
       :task_id,
       :source
  from unnest(:words::text[]) as words (word)
    on conflict do nothing

-- name: remove_words
delete from flowforge.task_word
 where tenant_id = :tenant_id
   and word = any(:words::text[])
   and task_id = :task_id
   and source = :source

-- name: forget_words
-- From wherever they came.
delete from flowforge.task_word
 where tenant_id = :tenant_id
   and word = any(:words::text[])
   and task_id = :task_id
