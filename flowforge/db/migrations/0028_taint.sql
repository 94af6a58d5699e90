-- Cards whose words come from elsewhere: an event that a trigger made a card of, or an agent that had read what comes from outside.

alter table flowforge.task add column tainted text[] not null default '{}';  -- by what; whoever works on the card has read it then
