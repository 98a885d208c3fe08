-- What was done in a tenant, by whom and from where. Rows are added by the transaction that changes something and never
-- touched again. No keys to what they tell of: that goes, they stay.
create table audit_entries (
  tenant_id uuid not null references tenants (id),
  id uuid not null,
  slot integer not null, -- which chain of the tenant it is in, and its place there, from 1
  seq bigint not null,
  at timestamptz not null,
  actor_id uuid, -- null when it was no user
  actor text not null, -- their name at that moment
  actor_key text collate "C" not null, -- their folded address; system, operator, or nothing for somebody who is not known
  address text not null,
  agent text not null,
  action text collate "C" not null,
  kind text collate "C" not null, -- of the thing that it was done to
  subject_id uuid, -- null when there were several
  title text not null, -- the thing's, at that moment
  title_key text collate "C" not null,
  n bigint not null, -- how many things
  changes text not null, -- JSON: a list of field, before, after
  concerns text not null, -- the ids of those in whose logs it is, in hexadecimal
  hash bytea not null, -- of the entry before it and of all of this one
  items text not null, -- a line each, when there were several
  primary key (tenant_id, id),
  constraint audit_entries_place unique (tenant_id, slot, seq)
);
create index audit_entries_actor on audit_entries (tenant_id, actor_key, id);
create index audit_entries_action on audit_entries (tenant_id, action, id);
create index audit_entries_kind on audit_entries (tenant_id, kind, id);

-- In whose logs an entry is: users and customers that it concerns.
create table audit_concerns (
  tenant_id uuid not null references tenants (id),
  of_id uuid not null,
  entry_id uuid not null,
  primary key (tenant_id, of_id, entry_id)
);

-- The ends of the chains: how long each is and the hash of its last entry, under a code that only the server can make.
create table audit_heads (
  tenant_id uuid not null references tenants (id),
  slot integer not null,
  n bigint not null,
  hash bytea not null,
  code bytea not null,
  primary key (tenant_id, slot)
) with (fillfactor = 50);
