-- What a search looks at of a user: name and address. The program fills it, and rewrites all other keys, with this migration.
alter table users add column search_key text not null default '';
