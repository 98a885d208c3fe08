-- How many users, inner customers, devices and assets of its own a customer has. In a table of its own: to change one of
-- these numbers in `customers` wrote an entry into each of its indexes. The level is a copy: the parent, or the tenant at
-- the top, so that each level is read in the order of a number.
create table customer_counts (
  tenant_id blob not null,
  customer_id blob not null,
  level_id blob not null,
  users_count bigint not null default 0,
  inner_count bigint not null default 0, -- direct ones
  devices_count bigint not null default 0,
  assets_count bigint not null default 0,
  primary key (tenant_id, customer_id),
  constraint customer_counts_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;
insert into customer_counts (tenant_id, customer_id, level_id, users_count, inner_count, devices_count, assets_count)
select tenant_id, id, coalesce(parent_id, tenant_id), users_count, inner_count, devices_count, assets_count
from customers order by tenant_id, id;
create index customer_counts_all_users on customer_counts (tenant_id, users_count, customer_id);
create index customer_counts_level_users on customer_counts (tenant_id, level_id, users_count, customer_id);
create index customer_counts_all_devices on customer_counts (tenant_id, devices_count, customer_id);
create index customer_counts_level_devices on customer_counts (tenant_id, level_id, devices_count, customer_id);

drop index customers_all_users;
drop index customers_top_users;
drop index customers_inner_users;
drop index customers_all_devices;
drop index customers_top_devices;
drop index customers_inner_devices;
drop index customers_with_devices;
drop index customers_with_assets;
alter table customers drop column users_count;
alter table customers drop column inner_count;
alter table customers drop column devices_count;
alter table customers drop column assets_count;

-- For lists of things sorted by customer: only those that have any. The title of a customer that is being deleted is no
-- title any more.
update customer_branches set title_key = (select c.title_key from customers c
  where c.tenant_id = customer_branches.tenant_id and c.id = customer_branches.customer_id)
where ancestor_id = customer_id and exists (select 1 from customers c
  where c.tenant_id = customer_branches.tenant_id and c.id = customer_branches.customer_id and c.deletion_id is not null);
create index customer_branches_own_devices on customer_branches (tenant_id, title_key)
  where has_devices and ancestor_id = customer_id;
create index customer_branches_own_assets on customer_branches (tenant_id, title_key)
  where has_assets and ancestor_id = customer_id;

-- See the first migration.
delete from sqlite_stat1 where idx in ('customers_all_users', 'customers_top_users', 'customers_inner_users',
  'customers_all_devices', 'customers_top_devices', 'customers_inner_devices', 'customers_with_devices',
  'customers_with_assets');
insert into sqlite_stat1 (tbl, idx, stat) values
  ('customer_counts', 'customer_counts', '1000000 1000000 1'),
  ('customer_counts', 'customer_counts_all_users', '1000000 1000000 50000 1'),
  ('customer_counts', 'customer_counts_level_users', '1000000 1000000 5000 1000 1'),
  ('customer_counts', 'customer_counts_all_devices', '1000000 1000000 50000 1'),
  ('customer_counts', 'customer_counts_level_devices', '1000000 1000000 5000 1000 1'),
  ('customer_branches', 'customer_branches_own_devices', '500000 500000 1'),
  ('customer_branches', 'customer_branches_own_assets', '500000 500000 1');
