-- What a function's code says of its event's data, for forms. Beside the settings, which every matched event reads.

alter table flowforge.function add column input_schema text;  -- JSON Schema; null where the code declares no type
