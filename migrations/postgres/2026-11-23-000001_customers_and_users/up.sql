-- Ids are UUIDv7. A column named *_key holds its text folded for comparing, sorting and searching, in byte order.
-- Every tenant-owned table is keyed and referenced by (tenant_id, id), so the schema can be distributed by tenant;
-- no triggers, for the same reason.

create extension if not exists pg_trgm;
create extension if not exists btree_gin;

create table tenants (
  id uuid not null primary key,
  title text not null,
  title_key text collate "C" not null constraint tenants_title_key unique,
  created_at timestamptz not null
);

-- One row while no tenant exists: the link that the last started process printed.
create table setup_links (
  secret_hash bytea not null primary key,
  created_at timestamptz not null
);

-- Totals of a tenant, kept by the transaction that changes the rows; spread over slots so that two writers
-- on PostgreSQL seldom wait for one row. The total is the sum.
create table tenant_counts (
  tenant_id uuid not null references tenants (id),
  kind text not null,
  slot integer not null,
  n bigint not null,
  primary key (tenant_id, kind, slot)
);

create table customers (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  parent_id uuid,
  title text not null,
  title_key text collate "C" not null,
  description text not null,
  country text not null, -- ISO 3166-1 alpha-2, or empty
  country_key text collate "C" not null,
  state text not null,
  city text not null,
  city_key text collate "C" not null,
  zip text not null,
  address text not null,
  address2 text not null,
  phone text not null,
  email text not null,
  email_key text collate "C" not null,
  search_key text collate "C" not null,
  users_count bigint not null default 0,
  inner_count bigint not null default 0, -- direct inner customers
  deletion_id uuid, -- it is deleted, and its row goes with this deletion
  version bigint not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id),
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

create index customers_search on customers using gin (tenant_id, search_key gin_trgm_ops);

create table users (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  role text not null,
  customer_id uuid,
  email text not null,
  email_key text collate "C" not null,
  first_name text not null,
  last_name text not null,
  name_key text collate "C" not null,
  phone text not null,
  description text not null,
  password_hash text,
  invited_until timestamptz, -- the latest expiry of an activation link that still works
  activated_at timestamptz,
  disabled_at timestamptz,
  last_sign_in_at timestamptz not null default 'epoch', -- the epoch: never
  last_mail_id uuid,
  version bigint not null default 1,
  created_at timestamptz not null,
  created_by uuid,
  updated_at timestamptz not null,
  updated_by uuid,
  primary key (tenant_id, id),
  constraint users_email unique (tenant_id, email_key),
  constraint users_role check ((role = 'administrator' and customer_id is null)
    or (role = 'customer_user' and customer_id is not null)),
  constraint users_activated check ((activated_at is null) = (password_hash is null)),
  constraint users_customer foreign key (tenant_id, customer_id) references customers (tenant_id, id)
    on delete cascade
);
create index users_sign_in on users (email_key);
create index users_administrators on users (tenant_id, id) where customer_id is null;
create index users_customer_id on users (tenant_id, customer_id, id);
create index users_customer_name on users (tenant_id, customer_id, name_key, id);
create index users_customer_email on users (tenant_id, customer_id, email_key, id);
create index users_customer_sign_in on users (tenant_id, customer_id, last_sign_in_at, id);

-- Links that let somebody choose a password. The secret itself is nowhere: only its SHA-256 is.
create table links (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  kind text not null, -- mail, display (both activate), reset
  secret_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  ended_as text, -- used, replaced
  primary key (tenant_id, id),
  constraint links_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index links_secret on links (secret_hash);
create index links_user on links (tenant_id, user_id);

create table sessions (
  tenant_id uuid not null,
  key_hash bytea not null,
  user_id uuid not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  address text not null,
  agent text not null,
  primary key (tenant_id, key_hash),
  constraint sessions_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index sessions_user on sessions (tenant_id, user_id);
create index sessions_seen on sessions (seen_at);

-- The outbox. A letter carries a link, so it is sealed with the secret key while it waits and erased once sent.
create table mails (
  tenant_id uuid not null,
  id uuid not null,
  user_id uuid not null,
  recipient text not null,
  sealed bytea,
  state text not null, -- queued, sent, failed
  tries integer not null default 0,
  due_at timestamptz not null,
  lease_until timestamptz,
  problem text not null default '',
  created_at timestamptz not null,
  sent_at timestamptz,
  primary key (tenant_id, id),
  constraint mails_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index mails_due on mails (due_at) where state = 'queued';
create index mails_user on mails (tenant_id, user_id);

-- Answers already given to creating forms, so that a form sent twice has one effect and the same answer.
create table form_posts (
  tenant_id uuid not null,
  user_id uuid not null,
  form_id uuid not null,
  answer bytea not null,
  created_at timestamptz not null,
  primary key (tenant_id, user_id, form_id),
  constraint form_posts_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
);
create index form_posts_created on form_posts (created_at);
