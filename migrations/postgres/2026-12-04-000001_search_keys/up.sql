-- What a search looks at of a user: name and address. The program writes it, and all other keys anew, with this migration.
alter table users add column search_key text collate "C" not null default '';
