-- Parts that the queries of every room can use.

-- part: cost_of_calls
       -- What the calls called `usage` cost: the exact sum, null where one that was answered has no price, 0 for none. Of a call that was
       -- sent and never answered nobody knows what it cost: it is counted elsewhere, and never summed.
       case when count(*) filter (where usage.outcome <> 'unknown') = count(usage.cost) filter (where usage.outcome <> 'unknown')
            then coalesce(sum(usage.cost) filter (where usage.outcome <> 'unknown'), 0) end

-- part: cost_of_step_calls
       -- The same, null where none was answered: most steps call no model.
       case when count(*) filter (where usage.outcome <> 'unknown') > 0 then
-- use: cost_of_calls
       end

-- part: doubtful_calls
       -- How many of them nobody knows the cost of: `unpriced` were answered and have no price, `unknown` were never answered.
       count(*) filter (where usage.outcome <> 'unknown' and usage.cost is null) as unpriced_calls,
       count(*) filter (where usage.outcome = 'unknown') as unknown_calls

-- part: budget_window
-- Where the window of a budget (alias b) begins that holds at t.now: days and months are UTC's, what is for ever begins in 1970.
case b.period when 'day' then date_trunc('day', t.now at time zone 'UTC') at time zone 'UTC'
              when 'month' then date_trunc('month', t.now at time zone 'UTC') at time zone 'UTC'
              else 'epoch'::timestamptz end
