-- Work that takes longer than a request may, queued by the transaction that asks for it. Each slice of it is done and
-- counted in one transaction, so that whoever goes on after a crash finds exactly what is left.
create table jobs (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  work text not null, -- what is to be done and what is left of it: JSON, its kind by name
  state text not null, -- queued, running, done, failed, cancelled
  done bigint not null default 0,
  total bigint not null,
  refused bigint not null default 0,
  refusals text not null default '[]', -- the first of them in words: a JSON list
  problem text not null default '', -- of the last try that failed
  tries integer not null default 0, -- since it last moved on
  due_at timestamptz, -- null once it has ended
  runner uuid, -- whose claim it is
  lease_until timestamptz,
  asked_by uuid,
  created_at timestamptz not null,
  ended_at timestamptz,
  primary key (tenant_id, id)
);
create index jobs_due on jobs (due_at) where due_at is not null;
create index jobs_open on jobs (tenant_id, id) where due_at is not null;
create index jobs_ended on jobs (ended_at) where ended_at is not null;

-- A customer that is deleted while one above it stays is no longer under that one. The row is kept until it is gone
-- itself, for it says where copies of its things are.
alter table customer_branches add column gone boolean not null default false;
