-- Ids are 16-byte UUIDv7, times are microseconds since 1970 (UTC). A column named *_key holds its text folded
-- for comparing, sorting and searching. Every tenant-owned table is keyed and referenced by (tenant_id, id).

create table tenants (
  id blob not null primary key,
  title text not null,
  title_key text not null constraint tenants_title_key unique,
  created_at integer not null
) without rowid;

-- One row while no tenant exists: the link that the last started process printed.
create table setup_links (
  secret_hash blob not null primary key,
  created_at integer not null
) without rowid;

-- Totals of a tenant, kept by the transaction that changes the rows; spread over slots so that two writers
-- on PostgreSQL seldom wait for one row. The total is the sum.
create table tenant_counts (
  tenant_id blob not null references tenants (id),
  kind text not null,
  slot integer not null,
  n bigint not null,
  primary key (tenant_id, kind, slot)
) without rowid;

create table customers (
  seq integer primary key, -- stable row number for the search index below
  tenant_id blob not null references tenants (id),
  id blob not null,
  parent_id blob,
  title text not null,
  title_key text not null,
  description text not null,
  country text not null, -- ISO 3166-1 alpha-2, or empty
  country_key text not null,
  state text not null,
  city text not null,
  city_key text not null,
  zip text not null,
  address text not null,
  address2 text not null,
  phone text not null,
  email text not null,
  email_key text not null,
  search_key text not null,
  users_count bigint not null default 0,
  inner_count bigint not null default 0, -- direct inner customers
  deletion_id blob, -- it is deleted, and its row goes with this deletion
  version bigint not null default 1,
  created_at integer not null,
  created_by blob,
  updated_at integer not null,
  updated_by blob,
  constraint customers_id unique (tenant_id, id),
  constraint customers_title unique (tenant_id, title_key),
  constraint customers_parent foreign key (tenant_id, parent_id) references customers (tenant_id, id)
    deferrable initially deferred
);
-- One index per order in which each list is shown: every level (searches), top level, inside one customer.
create index customers_all_email on customers (tenant_id, email_key, id);
create index customers_all_city on customers (tenant_id, city_key, id);
create index customers_all_country on customers (tenant_id, country_key, id);
create index customers_all_users on customers (tenant_id, users_count, id);
create index customers_top_id on customers (tenant_id, id) where parent_id is null;
create index customers_top_title on customers (tenant_id, title_key, id) where parent_id is null;
create index customers_top_email on customers (tenant_id, email_key, id) where parent_id is null;
create index customers_top_city on customers (tenant_id, city_key, id) where parent_id is null;
create index customers_top_country on customers (tenant_id, country_key, id) where parent_id is null;
create index customers_top_users on customers (tenant_id, users_count, id) where parent_id is null;
create index customers_inner_id on customers (tenant_id, parent_id, id) where parent_id is not null;
create index customers_inner_title on customers (tenant_id, parent_id, title_key, id) where parent_id is not null;
create index customers_inner_email on customers (tenant_id, parent_id, email_key, id) where parent_id is not null;
create index customers_inner_city on customers (tenant_id, parent_id, city_key, id) where parent_id is not null;
create index customers_inner_country on customers (tenant_id, parent_id, country_key, id) where parent_id is not null;
create index customers_inner_users on customers (tenant_id, parent_id, users_count, id) where parent_id is not null;
create index customers_deleted on customers (tenant_id, deletion_id, id) where deletion_id is not null;

create virtual table customers_search using fts5 (
  search_key, content = 'customers', content_rowid = 'seq', tokenize = 'trigram case_sensitive 1'
);
create trigger customers_search_insert after insert on customers begin
  insert into customers_search (rowid, search_key) values (new.seq, new.search_key);
end;
create trigger customers_search_delete after delete on customers begin
  insert into customers_search (customers_search, rowid, search_key) values ('delete', old.seq, old.search_key);
end;
create trigger customers_search_update after update of search_key on customers
when old.search_key <> new.search_key begin
  insert into customers_search (customers_search, rowid, search_key) values ('delete', old.seq, old.search_key);
  insert into customers_search (rowid, search_key) values (new.seq, new.search_key);
end;

create table users (
  tenant_id blob not null references tenants (id),
  id blob not null,
  role text not null,
  customer_id blob,
  email text not null,
  email_key text not null,
  first_name text not null,
  last_name text not null,
  name_key text not null,
  phone text not null,
  description text not null,
  password_hash text,
  invited_until integer, -- the latest expiry of an activation link that still works
  activated_at integer,
  disabled_at integer,
  last_sign_in_at integer not null default 0, -- 0: never
  last_mail_id blob,
  version bigint not null default 1,
  created_at integer not null,
  created_by blob,
  updated_at integer not null,
  updated_by blob,
  primary key (tenant_id, id),
  constraint users_email unique (tenant_id, email_key),
  constraint users_role check ((role = 'administrator' and customer_id is null)
    or (role = 'customer_user' and customer_id is not null)),
  constraint users_activated check ((activated_at is null) = (password_hash is null)),
  constraint users_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
) without rowid;
create index users_sign_in on users (email_key);
create index users_administrators on users (tenant_id, id) where customer_id is null;
create index users_customer_id on users (tenant_id, customer_id, id);
create index users_customer_name on users (tenant_id, customer_id, name_key, id);
create index users_customer_email on users (tenant_id, customer_id, email_key, id);
create index users_customer_sign_in on users (tenant_id, customer_id, last_sign_in_at, id);

-- Links that let somebody choose a password. The secret itself is nowhere: only its SHA-256 is.
create table links (
  tenant_id blob not null,
  id blob not null,
  user_id blob not null,
  kind text not null, -- mail, display (both activate), reset
  secret_hash blob not null,
  created_at integer not null,
  expires_at integer not null,
  ended_at integer,
  ended_as text, -- used, replaced
  primary key (tenant_id, id),
  constraint links_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index links_secret on links (secret_hash);
create index links_user on links (tenant_id, user_id);

create table sessions (
  tenant_id blob not null,
  key_hash blob not null,
  user_id blob not null,
  created_at integer not null,
  seen_at integer not null,
  expires_at integer not null,
  address text not null,
  agent text not null,
  primary key (tenant_id, key_hash),
  constraint sessions_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index sessions_user on sessions (tenant_id, user_id);
create index sessions_seen on sessions (seen_at);

-- The outbox. A letter carries a link, so it is sealed with the secret key while it waits and erased once sent.
create table mails (
  tenant_id blob not null,
  id blob not null,
  user_id blob not null,
  recipient text not null,
  sealed blob,
  state text not null, -- queued, sent, failed
  tries integer not null default 0,
  due_at integer not null,
  lease_until integer,
  problem text not null default '',
  created_at integer not null,
  sent_at integer,
  primary key (tenant_id, id),
  constraint mails_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index mails_due on mails (due_at) where state = 'queued';
create index mails_user on mails (tenant_id, user_id);

-- Answers already given to creating forms, so that a form sent twice has one effect and the same answer.
create table form_posts (
  tenant_id blob not null,
  user_id blob not null,
  form_id blob not null,
  answer blob not null,
  created_at integer not null,
  primary key (tenant_id, user_id, form_id),
  constraint form_posts_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index form_posts_created on form_posts (created_at);

-- Without statistics the planner takes it that a tenant has a few rows, and then walks all of them for three hits of a
-- search, for one customer's users or inner customers, and for each row that a deletion takes along. So it is told what
-- is true of every large tenant: naming the tenant narrows nothing, naming the customer does. Every index of a
-- tenant-owned table has a row here: the rows in the index, then how many are alike in its first column, in its first
-- two, and so on. An index without one would look better than all others.
analyze;
delete from sqlite_stat1;
insert into sqlite_stat1 (tbl, idx, stat) values
  ('tenant_counts', 'tenant_counts', '40 40 20 1'),
  ('customers', 'sqlite_autoindex_customers_1', '1000000 1000000 1'),
  ('customers', 'sqlite_autoindex_customers_2', '1000000 1000000 1'),
  ('customers', 'customers_all_email', '1000000 1000000 2 1'),
  ('customers', 'customers_all_city', '1000000 1000000 1000 1'),
  ('customers', 'customers_all_country', '1000000 1000000 10000 1'),
  ('customers', 'customers_all_users', '1000000 1000000 50000 1'),
  ('customers', 'customers_top_id', '500000 500000 1'),
  ('customers', 'customers_top_title', '500000 500000 1 1'),
  ('customers', 'customers_top_email', '500000 500000 2 1'),
  ('customers', 'customers_top_city', '500000 500000 1000 1'),
  ('customers', 'customers_top_country', '500000 500000 10000 1'),
  ('customers', 'customers_top_users', '500000 500000 50000 1'),
  ('customers', 'customers_inner_id', '500000 500000 5000 1'),
  ('customers', 'customers_inner_title', '500000 500000 5000 1 1'),
  ('customers', 'customers_inner_email', '500000 500000 5000 2 1'),
  ('customers', 'customers_inner_city', '500000 500000 5000 50 1'),
  ('customers', 'customers_inner_country', '500000 500000 5000 500 1'),
  ('customers', 'customers_inner_users', '500000 500000 5000 1000 1'),
  ('customers', 'customers_deleted', '100000 10000 5000 1'),
  ('users', 'users', '1000000 1000000 1'),
  ('users', 'sqlite_autoindex_users_2', '1000000 1000000 1'),
  ('users', 'users_sign_in', '1000000 1'),
  ('users', 'users_administrators', '10 10 1'),
  ('users', 'users_customer_id', '1000000 1000000 1000 1'),
  ('users', 'users_customer_name', '1000000 1000000 1000 1 1'),
  ('users', 'users_customer_email', '1000000 1000000 1000 1 1'),
  ('users', 'users_customer_sign_in', '1000000 1000000 1000 300 1'),
  ('links', 'links', '1000000 1000000 1'),
  ('links', 'links_secret', '1000000 1'),
  ('links', 'links_user', '1000000 1000000 4'),
  ('sessions', 'sessions', '100000 100000 1'),
  ('sessions', 'sessions_user', '100000 100000 4'),
  ('sessions', 'sessions_seen', '100000 1'),
  ('mails', 'mails', '1000000 1000000 1'),
  ('mails', 'mails_due', '1000 1'),
  ('mails', 'mails_user', '1000000 1000000 4'),
  ('form_posts', 'form_posts', '100000 100000 20 1'),
  ('form_posts', 'form_posts_created', '100000 1');
