delete from sqlite_stat1 where idx in ('impersonations', 'impersonations_user');
drop index impersonations_user;
alter table impersonations rename to looking;
create index looking_user on looking (tenant_id, user_id);
insert into sqlite_stat1 (tbl, idx, stat) values
  ('looking', 'looking', '100 100 1'),
  ('looking', 'looking_user', '100 100 1');
