-- What is done too often is slowed down. Of what and by whom, only a number is kept that the secret key is needed to
-- find: no address can be read here, and however many addresses are tried, there are no more rows than numbers.
-- Nobody is known yet, so a row belongs to no tenant.
create table throttles (
  kind integer not null,
  slot integer not null,
  spent_until bigint not null, -- microseconds since 1970 (UTC); in the past, a row is as good as none
  primary key (kind, slot)
) without rowid;

-- An administrator looks at the portal as one of their users sees it. It hangs on the administrator's session and ends
-- with it, and with the user.
create table looking (
  tenant_id blob not null,
  key_hash blob not null,
  user_id blob not null,
  began_at integer not null,
  until_at integer not null,
  primary key (tenant_id, key_hash),
  constraint looking_session foreign key (tenant_id, key_hash) references sessions (tenant_id, key_hash)
    on delete cascade,
  constraint looking_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index looking_user on looking (tenant_id, user_id);

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('looking', 'looking', '100 100 1'),
  ('looking', 'looking_user', '100 100 1');
