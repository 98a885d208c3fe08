-- How many users, inner customers, devices and assets of its own a customer has. In a table of its own: to change one of
-- these numbers in `customers` wrote an entry into each of its indexes. The level is a copy: the parent, or the tenant at
-- the top, so that each level is read in the order of a number.
create table customer_counts (
  tenant_id uuid not null,
  customer_id uuid not null,
  level_id uuid not null,
  users_count bigint not null default 0,
  inner_count bigint not null default 0, -- direct ones
  devices_count bigint not null default 0,
  assets_count bigint not null default 0
) with (fillfactor = 80);
insert into customer_counts (tenant_id, customer_id, level_id, users_count, inner_count, devices_count, assets_count)
select tenant_id, id, coalesce(parent_id, tenant_id), users_count, inner_count, devices_count, assets_count
from customers order by tenant_id, id;
alter table customer_counts
  add primary key (tenant_id, customer_id),
  add constraint customer_counts_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade;
create index customer_counts_all_users on customer_counts (tenant_id, users_count, customer_id);
create index customer_counts_level_users on customer_counts (tenant_id, level_id, users_count, customer_id);
create index customer_counts_all_devices on customer_counts (tenant_id, devices_count, customer_id);
create index customer_counts_level_devices on customer_counts (tenant_id, level_id, devices_count, customer_id);

-- Their indexes go with them.
alter table customers
  drop column users_count,
  drop column inner_count,
  drop column devices_count,
  drop column assets_count;

-- For lists of things sorted by customer: only those that have any. The title of a customer that is being deleted is no
-- title any more.
update customer_branches b set title_key = c.title_key from customers c
where c.tenant_id = b.tenant_id and c.id = b.customer_id and b.ancestor_id = b.customer_id and c.deletion_id is not null;
create index customer_branches_own_devices on customer_branches (tenant_id, title_key)
  where has_devices and ancestor_id = customer_id;
create index customer_branches_own_assets on customer_branches (tenant_id, title_key)
  where has_assets and ancestor_id = customer_id;
