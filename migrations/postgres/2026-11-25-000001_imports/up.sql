-- Files that are imported. They are kept here in pieces, so that any process can go on with an import, a backup has them,
-- and nothing lies around as a file when it is forgotten.
create table imports (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  what text not null, -- customers, users, devices, assets
  file_name text not null,
  state text not null, -- arriving, matching, checking, importing
  size bigint not null default 0, -- bytes
  row_count bigint not null default 0, -- about how many rows it has
  head text not null default '', -- how it is written and its column names: JSON
  matching text not null default '[]', -- what each of its columns is: a JSON list
  invite boolean not null default false, -- whether new users get a mail
  checked text not null default '{}', -- how many rows are new, changed, unchanged, refused: JSON
  imported text not null default '{}',
  job_id uuid, -- what is done, or was done last
  created_at timestamptz not null,
  created_by uuid,
  primary key (tenant_id, id)
);
create index imports_created on imports (created_at);

-- No key to imports: a file of hundreds of megabytes is deleted piece by piece.
create table import_chunks (
  tenant_id uuid not null,
  import_id uuid not null,
  n integer not null,
  content bytea not null,
  primary key (tenant_id, import_id, n)
);

-- Whole pieces are read, and their text is gone within the hour: compressing it would cost more than it saves.
alter table import_chunks alter column content set storage external;

-- Rows that were refused, as they stand in the file.
create table import_refusals (
  tenant_id uuid not null,
  import_id uuid not null,
  state text not null, -- checking, importing
  line bigint not null,
  reason text not null,
  cells text not null, -- a JSON list
  primary key (tenant_id, import_id, state, line),
  constraint import_refusals_import foreign key (tenant_id, import_id) references imports (tenant_id, id)
    on delete cascade
);

