-- Users are found by the beginnings of their names, whichever customer is theirs.
create index users_name on users (tenant_id, name_key, id);

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values ('users', 'users_name', '1000000 1000000 10 1');
