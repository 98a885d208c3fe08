-- Work that takes longer than a request may, queued by the transaction that asks for it. Each slice of it is done and
-- counted in one transaction, so that whoever goes on after a crash finds exactly what is left.
create table jobs (
  tenant_id blob not null references tenants (id),
  id blob not null,
  work text not null, -- what is to be done and what is left of it: JSON, its kind by name
  state text not null, -- queued, running, done, failed, cancelled
  done bigint not null default 0,
  total bigint not null,
  refused bigint not null default 0,
  refusals text not null default '[]', -- the first of them in words: a JSON list
  problem text not null default '', -- of the last try that failed
  tries integer not null default 0, -- since it last moved on
  due_at integer, -- null once it has ended
  runner blob, -- whose claim it is
  lease_until integer,
  asked_by blob,
  created_at integer not null,
  ended_at integer,
  primary key (tenant_id, id)
) without rowid;
create index jobs_due on jobs (due_at) where due_at is not null;
create index jobs_open on jobs (tenant_id, id) where due_at is not null;
create index jobs_ended on jobs (ended_at) where ended_at is not null;

-- A customer that is deleted while one above it stays is no longer under that one. The row is kept until it is gone
-- itself, for it says where copies of its things are.
alter table customer_branches add column gone integer not null default 0;

delete from sqlite_stat1 where tbl = 'jobs';
insert into sqlite_stat1 (tbl, idx, stat) values
  ('jobs', 'jobs', '100000 1000 1'),
  ('jobs', 'jobs_due', '100 2'),
  ('jobs', 'jobs_open', '100 2 1'),
  ('jobs', 'jobs_ended', '100000 2');
