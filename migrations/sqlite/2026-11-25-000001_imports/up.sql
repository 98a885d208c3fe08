-- Files that are imported. They are kept here in pieces, so that any process can go on with an import, a backup has them,
-- and nothing lies around as a file when it is forgotten.
create table imports (
  tenant_id blob not null references tenants (id),
  id blob not null,
  what text not null, -- customers, users, devices, assets
  file_name text not null,
  state text not null, -- arriving, matching, checking, importing
  size bigint not null default 0, -- bytes
  row_count bigint not null default 0, -- about how many rows it has
  head text not null default '', -- how it is written and its column names: JSON
  matching text not null default '[]', -- what each of its columns is: a JSON list
  invite integer not null default 0, -- whether new users get a mail
  checked text not null default '{}', -- how many rows are new, changed, unchanged, refused: JSON
  imported text not null default '{}',
  job_id blob, -- what is done, or was done last
  created_at integer not null,
  created_by blob,
  primary key (tenant_id, id)
) without rowid;
create index imports_created on imports (created_at);

-- No key to imports: a file of hundreds of megabytes is deleted piece by piece.
create table import_chunks (
  tenant_id blob not null,
  import_id blob not null,
  n integer not null,
  content blob not null,
  primary key (tenant_id, import_id, n)
);

-- Rows that were refused, as they stand in the file.
create table import_refusals (
  tenant_id blob not null,
  import_id blob not null,
  state text not null, -- checking, importing
  line bigint not null,
  reason text not null,
  cells text not null, -- a JSON list
  primary key (tenant_id, import_id, state, line),
  constraint import_refusals_import foreign key (tenant_id, import_id) references imports (tenant_id, id)
    on delete cascade
) without rowid;

delete from sqlite_stat1 where tbl in ('imports', 'import_chunks', 'import_refusals');
insert into sqlite_stat1 (tbl, idx, stat) values
  ('imports', 'imports', '1000 100 1'),
  ('imports', 'imports_created', '1000 1'),
  ('import_chunks', 'sqlite_autoindex_import_chunks_1', '100000 10000 1000 1'),
  ('import_refusals', 'import_refusals', '1000000 100000 10000 5000 1');
