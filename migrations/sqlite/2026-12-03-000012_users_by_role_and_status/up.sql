-- The list of a tenant's users by role; and by status: not invited, invited until when, active, disabled. A column that is
-- computed: a row of an expression and the id is compared by no index.
alter table users add column status_order integer generated always as (
  case when disabled_at is not null then 253402214400000000 when activated_at is not null then 253370764800000000
    else coalesce(invited_until, 0) end
) virtual;
create index users_role on users (tenant_id, role, id);
create index users_status on users (tenant_id, status_order, id);

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('users', 'users_role', '1000000 1000000 999000 1'),
  ('users', 'users_status', '1000000 1000000 900000 1');
