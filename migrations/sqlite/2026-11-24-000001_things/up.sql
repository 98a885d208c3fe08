-- Devices and assets, one table of things; and what makes a branch's list cost what one customer's costs.

alter table customers add column devices_count bigint not null default 0;
alter table customers add column assets_count bigint not null default 0;
create index customers_all_devices on customers (tenant_id, devices_count, id);
create index customers_top_devices on customers (tenant_id, devices_count, id) where parent_id is null;
create index customers_inner_devices on customers (tenant_id, parent_id, devices_count, id) where parent_id is not null;
-- For lists of things sorted by customer: only those that have any.
create index customers_with_devices on customers (tenant_id, title_key) where devices_count > 0;
create index customers_with_assets on customers (tenant_id, title_key) where assets_count > 0;

-- Every customer under each of its ancestors, itself included. The title is a copy, and whether the customer
-- has devices and assets of its own is noted, so that a branch is walked in the order of titles past the empty ones.
create table customer_branches (
  tenant_id blob not null,
  ancestor_id blob not null,
  customer_id blob not null,
  title_key text not null,
  has_devices integer not null default 0,
  has_assets integer not null default 0,
  primary key (tenant_id, ancestor_id, customer_id),
  constraint customer_branches_ancestor foreign key (tenant_id, ancestor_id) references customers (tenant_id, id)
    on delete cascade,
  constraint customer_branches_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;
create index customer_branches_up on customer_branches (tenant_id, customer_id);
create index customer_branches_devices on customer_branches (tenant_id, ancestor_id, title_key) where has_devices;
create index customer_branches_assets on customer_branches (tenant_id, ancestor_id, title_key) where has_assets;

-- How many things a customer has together with its inner customers.
create table branch_counts (
  tenant_id blob not null,
  customer_id blob not null,
  kind text not null,
  n bigint not null,
  primary key (tenant_id, customer_id, kind),
  constraint branch_counts_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;

create table things (
  seq integer primary key, -- stable row number for the search index below
  tenant_id blob not null references tenants (id),
  id blob not null,
  kind text not null, -- device, asset
  customer_id blob, -- none: not assigned
  name text not null,
  name_key text not null,
  type_name text not null,
  type_key text not null,
  label text not null,
  label_key text not null,
  description text not null,
  search_key text not null,
  version bigint not null default 1,
  created_at integer not null,
  created_by blob,
  updated_at integer not null,
  updated_by blob,
  constraint things_id unique (tenant_id, kind, id),
  constraint things_name unique (tenant_id, kind, name_key),
  constraint things_kind check (kind in ('device', 'asset')),
  constraint things_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
);
-- One index per order in which each list is shown, without and with a filter by type: all, and those of one customer or
-- of none. The order of ids is that of the constraint things_id.
create index things_all_type on things (tenant_id, kind, type_key, id);
create index things_all_label on things (tenant_id, kind, label_key, id);
create index things_typed_name on things (tenant_id, kind, type_key, name_key);
create index things_typed_label on things (tenant_id, kind, type_key, label_key, id);
create index things_of_id on things (tenant_id, customer_id, kind, id);
create index things_of_name on things (tenant_id, customer_id, kind, name_key);
create index things_of_type on things (tenant_id, customer_id, kind, type_key, id);
create index things_of_label on things (tenant_id, customer_id, kind, label_key, id);
create index things_of_typed_name on things (tenant_id, customer_id, kind, type_key, name_key);
create index things_of_typed_label on things (tenant_id, customer_id, kind, type_key, label_key, id);

create virtual table things_search using fts5 (
  search_key, content = 'things', content_rowid = 'seq', tokenize = 'trigram case_sensitive 1'
);
create trigger things_search_insert after insert on things begin
  insert into things_search (rowid, search_key) values (new.seq, new.search_key);
end;
create trigger things_search_delete after delete on things begin
  insert into things_search (things_search, rowid, search_key) values ('delete', old.seq, old.search_key);
end;
create trigger things_search_update after update of search_key on things
when old.search_key <> new.search_key begin
  insert into things_search (things_search, rowid, search_key) values ('delete', old.seq, old.search_key);
  insert into things_search (rowid, search_key) values (new.seq, new.search_key);
end;

-- Types in use, how many things have each; spread over slots like tenant_counts. The name is as somebody typed it.
create table thing_types (
  tenant_id blob not null references tenants (id),
  kind text not null,
  type_key text not null,
  slot integer not null,
  type_name text not null,
  n bigint not null,
  primary key (tenant_id, kind, type_key, slot)
) without rowid;

-- Each thing once more under every customer above its own, in the orders of lists: so the list of a branch is two seeks
-- (this and the customer's own things), however many customers are in it. Measured on SQLite over a branch of 1,466
-- customers with 37,818 of 2,000,000 devices, first page by name: 0.03 ms; one seek per customer, merged: 349 ms; all of
-- them fetched and sorted: 190 ms.
-- What a row says may be out of date while a large branch moves; lists check it by customer_branches. For the same
-- reason there is no key to things: it would need one more index on the largest table.
create table things_in_branches (
  tenant_id blob not null,
  ancestor_id blob not null,
  kind text not null,
  thing_id blob not null,
  name_key text not null,
  type_key text not null,
  label_key text not null,
  primary key (tenant_id, ancestor_id, kind, thing_id),
  constraint things_in_branches_ancestor foreign key (tenant_id, ancestor_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;
create index things_in_branches_name on things_in_branches (tenant_id, ancestor_id, kind, name_key);
create index things_in_branches_type on things_in_branches (tenant_id, ancestor_id, kind, type_key, thing_id);
create index things_in_branches_label on things_in_branches (tenant_id, ancestor_id, kind, label_key, thing_id);
create index things_in_branches_typed_name on things_in_branches (tenant_id, ancestor_id, kind, type_key, name_key);
create index things_in_branches_typed_label
  on things_in_branches (tenant_id, ancestor_id, kind, type_key, label_key, thing_id);

-- What was there before.
insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key)
with recursive up (tenant_id, ancestor_id, customer_id, title_key) as (
  select tenant_id, id, id, title_key from customers
  union all
  select up.tenant_id, c.parent_id, up.customer_id, up.title_key
  from up join customers c on c.tenant_id = up.tenant_id and c.id = up.ancestor_id
  where c.parent_id is not null
)
select tenant_id, ancestor_id, customer_id, title_key from up;

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('customers', 'customers_all_devices', '1000000 1000000 50000 1'),
  ('customers', 'customers_top_devices', '500000 500000 50000 1'),
  ('customers', 'customers_inner_devices', '500000 500000 5000 1000 1'),
  ('customers', 'customers_with_devices', '500000 500000 1'),
  ('customers', 'customers_with_assets', '500000 500000 1'),
  ('customer_branches', 'customer_branches', '3000000 3000000 1000 1'),
  ('customer_branches', 'customer_branches_up', '3000000 3000000 3'),
  ('customer_branches', 'customer_branches_devices', '1000000 1000000 300 1'),
  ('customer_branches', 'customer_branches_assets', '1000000 1000000 300 1'),
  ('branch_counts', 'branch_counts', '2000000 2000000 2 1'),
  ('things', 'sqlite_autoindex_things_1', '10000000 10000000 5000000 1'),
  ('things', 'sqlite_autoindex_things_2', '10000000 10000000 5000000 1'),
  ('things', 'things_all_type', '10000000 10000000 5000000 100000 1'),
  ('things', 'things_all_label', '10000000 10000000 5000000 1000 1'),
  ('things', 'things_typed_name', '10000000 10000000 5000000 100000 1'),
  ('things', 'things_typed_label', '10000000 10000000 5000000 100000 100 1'),
  ('things', 'things_of_id', '10000000 10000000 2000 1000 1'),
  ('things', 'things_of_name', '10000000 10000000 2000 1000 1'),
  ('things', 'things_of_type', '10000000 10000000 2000 1000 100 1'),
  ('things', 'things_of_label', '10000000 10000000 2000 1000 10 1'),
  ('things', 'things_of_typed_name', '10000000 10000000 2000 1000 100 1'),
  ('things', 'things_of_typed_label', '10000000 10000000 2000 1000 100 10 1'),
  ('thing_types', 'thing_types', '1000 1000 500 1 1'),
  ('things_in_branches', 'things_in_branches', '20000000 20000000 5000 2500 1'),
  ('things_in_branches', 'things_in_branches_name', '20000000 20000000 5000 2500 1'),
  ('things_in_branches', 'things_in_branches_type', '20000000 20000000 5000 2500 100 1'),
  ('things_in_branches', 'things_in_branches_label', '20000000 20000000 5000 2500 10 1'),
  ('things_in_branches', 'things_in_branches_typed_name', '20000000 20000000 5000 2500 100 1'),
  ('things_in_branches', 'things_in_branches_typed_label', '20000000 20000000 5000 2500 100 10 1');
