-- Dashboards: a title and an ordered list of widgets, assigned to any number of customers.

create table dashboards (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  title text not null,
  title_key text collate "C" not null,
  description text not null,
  search_key text collate "C" not null,
  widgets text not null, -- JSON: a list, each with its kind, title, width and setting
  customers_count bigint not null default 0,
  version bigint not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id)
);
create index dashboards_title on dashboards (tenant_id, title_key, id);
create index dashboards_customers on dashboards (tenant_id, customers_count, id);

-- The customer's title is a copy, so that a dashboard's customers are listed in its order.
create table dashboard_customers (
  tenant_id uuid not null,
  dashboard_id uuid not null,
  customer_id uuid not null,
  title_key text collate "C" not null,
  primary key (tenant_id, dashboard_id, customer_id),
  constraint dashboard_customers_dashboard foreign key (tenant_id, dashboard_id) references dashboards (tenant_id, id)
    on delete cascade,
  constraint dashboard_customers_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
);
create index dashboard_customers_title on dashboard_customers (tenant_id, dashboard_id, title_key, customer_id);
create index dashboard_customers_of on dashboard_customers (tenant_id, customer_id, dashboard_id);

-- Whose home a dashboard is. No keys: a home that is no longer there or no longer theirs is none.
alter table tenants add column home_dashboard_id uuid;
alter table tenants add column hide_home_toolbar boolean not null default false;
alter table customers add column home_dashboard_id uuid;
alter table customers add column hide_home_toolbar boolean not null default false;
alter table users add column home_dashboard_id uuid;
create index customers_home on customers (tenant_id, home_dashboard_id) where home_dashboard_id is not null;
create index users_home on users (tenant_id, home_dashboard_id) where home_dashboard_id is not null;

-- What dashboards tell of things without counting them: how many a customer and all under it have of each type, and how
-- many of them were added in each month (UTC).
create table thing_tallies (
  tenant_id uuid not null,
  customer_id uuid not null,
  kind text not null, -- device, asset
  tallied_by text not null, -- type, month
  tally_key text collate "C" not null, -- the folded name of a type, or such as 2026-11
  tally_name text not null, -- as it is shown
  n bigint not null,
  primary key (tenant_id, customer_id, kind, tallied_by, tally_key),
  constraint thing_tallies_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
);

-- Things of the whole tenant by month; spread over slots like tenant_counts. Types are in thing_types.
create table thing_months (
  tenant_id uuid not null references tenants (id),
  kind text not null,
  month text not null,
  slot integer not null,
  n bigint not null,
  primary key (tenant_id, kind, month, slot)
);

-- What was there before.
insert into thing_months (tenant_id, kind, month, slot, n)
select x.tenant_id, x.kind, to_char(x.created_at at time zone 'UTC', 'YYYY-MM'), 0, count(*) from things x group by 1, 2, 3;
insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
select x.tenant_id, b.ancestor_id, x.kind, 'type', x.type_key, min(x.type_name), count(*)
from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
group by 1, 2, 3, 5;
insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
select x.tenant_id, b.ancestor_id, x.kind, 'month', to_char(x.created_at at time zone 'UTC', 'YYYY-MM'), to_char(x.created_at at time zone 'UTC', 'YYYY-MM'), count(*)
from things x join customer_branches b on b.tenant_id = x.tenant_id and b.customer_id = x.customer_id
group by 1, 2, 3, 5;
