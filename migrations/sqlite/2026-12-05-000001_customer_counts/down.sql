alter table customers add column users_count bigint not null default 0;
alter table customers add column inner_count bigint not null default 0;
alter table customers add column devices_count bigint not null default 0;
alter table customers add column assets_count bigint not null default 0;
update customers set users_count = n.users_count, inner_count = n.inner_count, devices_count = n.devices_count,
  assets_count = n.assets_count
from customer_counts n where n.tenant_id = customers.tenant_id and n.customer_id = customers.id;
create index customers_all_users on customers (tenant_id, users_count, id);
create index customers_top_users on customers (tenant_id, users_count, id) where parent_id is null;
create index customers_inner_users on customers (tenant_id, parent_id, users_count, id) where parent_id is not null;
create index customers_all_devices on customers (tenant_id, devices_count, id);
create index customers_top_devices on customers (tenant_id, devices_count, id) where parent_id is null;
create index customers_inner_devices on customers (tenant_id, parent_id, devices_count, id) where parent_id is not null;
create index customers_with_devices on customers (tenant_id, title_key) where devices_count > 0;
create index customers_with_assets on customers (tenant_id, title_key) where assets_count > 0;
drop table customer_counts;
drop index customer_branches_own_devices;
drop index customer_branches_own_assets;

delete from sqlite_stat1 where tbl = 'customer_counts'
  or idx in ('customer_branches_own_devices', 'customer_branches_own_assets');
insert into sqlite_stat1 (tbl, idx, stat) values
  ('customers', 'customers_all_users', '1000000 1000000 50000 1'),
  ('customers', 'customers_top_users', '500000 500000 50000 1'),
  ('customers', 'customers_inner_users', '500000 500000 5000 1000 1'),
  ('customers', 'customers_all_devices', '1000000 1000000 50000 1'),
  ('customers', 'customers_top_devices', '500000 500000 50000 1'),
  ('customers', 'customers_inner_devices', '500000 500000 5000 1000 1'),
  ('customers', 'customers_with_devices', '500000 500000 1'),
  ('customers', 'customers_with_assets', '500000 500000 1');
