-- Named as everybody names it.
alter table looking rename to impersonations;
drop index looking_user;
create index impersonations_user on impersonations (tenant_id, user_id);

-- See the first migration.
delete from sqlite_stat1 where idx in ('looking', 'looking_user');
insert into sqlite_stat1 (tbl, idx, stat) values
  ('impersonations', 'impersonations', '100 100 1'),
  ('impersonations', 'impersonations_user', '100 100 1');
