-- Dashboards: a title and an ordered list of widgets, assigned to any number of customers.

create table dashboards (
  tenant_id blob not null references tenants (id),
  id blob not null,
  title text not null,
  title_key text not null,
  description text not null,
  search_key text not null,
  widgets text not null, -- JSON: a list, each with its kind, title, width and setting
  customers_count bigint not null default 0,
  version bigint not null default 1,
  created_at integer not null,
  created_by blob,
  updated_at integer not null,
  updated_by blob,
  primary key (tenant_id, id)
) without rowid;
create index dashboards_title on dashboards (tenant_id, title_key, id);
create index dashboards_customers on dashboards (tenant_id, customers_count, id);

-- The customer's title is a copy, so that a dashboard's customers are listed in its order.
create table dashboard_customers (
  tenant_id blob not null,
  dashboard_id blob not null,
  customer_id blob not null,
  title_key text not null,
  primary key (tenant_id, dashboard_id, customer_id),
  constraint dashboard_customers_dashboard foreign key (tenant_id, dashboard_id) references dashboards (tenant_id, id)
    on delete cascade,
  constraint dashboard_customers_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;
create index dashboard_customers_title on dashboard_customers (tenant_id, dashboard_id, title_key, customer_id);
create index dashboard_customers_of on dashboard_customers (tenant_id, customer_id, dashboard_id);

-- Whose home a dashboard is. No keys: a home that is no longer there or no longer theirs is none.
alter table tenants add column home_dashboard_id blob;
alter table tenants add column hide_home_toolbar integer not null default 0;
alter table customers add column home_dashboard_id blob;
alter table customers add column hide_home_toolbar integer not null default 0;
alter table users add column home_dashboard_id blob;
create index customers_home on customers (tenant_id, home_dashboard_id) where home_dashboard_id is not null;
create index users_home on users (tenant_id, home_dashboard_id) where home_dashboard_id is not null;

-- What dashboards tell of things without counting them: how many a customer and all under it have of each type, and how
-- many of them were added in each month (UTC).
create table thing_tallies (
  tenant_id blob not null,
  customer_id blob not null,
  kind text not null, -- device, asset
  tallied_by text not null, -- type, month
  tally_key text not null, -- the folded name of a type, or such as 2026-11
  tally_name text not null, -- as it is shown
  n bigint not null,
  primary key (tenant_id, customer_id, kind, tallied_by, tally_key),
  constraint thing_tallies_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;

-- Things of the whole tenant by month; spread over slots like tenant_counts. Types are in thing_types.
create table thing_months (
  tenant_id blob not null references tenants (id),
  kind text not null,
  month text not null,
  slot integer not null,
  n bigint not null,
  primary key (tenant_id, kind, month, slot)
) without rowid;

-- What was there before.
insert into thing_months (tenant_id, kind, month, slot, n)
select x.tenant_id, x.kind, strftime('%Y-%m', x.created_at / 1000000, 'unixepoch'), 0, count(*) from things x group by 1, 2, 3;
insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
select x.tenant_id, b.ancestor_id, x.kind, 'type', x.type_key, min(x.type_name), count(*)
from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
group by 1, 2, 3, 5;
insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
select x.tenant_id, b.ancestor_id, x.kind, 'month', strftime('%Y-%m', x.created_at / 1000000, 'unixepoch'), strftime('%Y-%m', x.created_at / 1000000, 'unixepoch'), count(*)
from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
group by 1, 2, 3, 5;

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('customers', 'customers_home', '100000 100000 100'),
  ('users', 'users_home', '100000 100000 100'),
  ('dashboards', 'dashboards', '10000 10000 1'),
  ('dashboards', 'dashboards_title', '10000 10000 2 1'),
  ('dashboards', 'dashboards_customers', '10000 10000 100 1'),
  ('dashboard_customers', 'dashboard_customers', '1000000 1000000 1000 1'),
  ('dashboard_customers', 'dashboard_customers_title', '1000000 1000000 1000 1 1'),
  ('thing_tallies', 'thing_tallies', '10000000 10000000 50 25 12 1'),
  ('thing_months', 'thing_months', '1000 1000 500 16 1'),
  ('dashboard_customers', 'dashboard_customers_of', '1000000 1000000 10 1');
