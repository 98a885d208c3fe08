-- Users are found by the beginnings of their names, whichever customer is theirs.
create index users_name on users (tenant_id, name_key, id);
