-- The list of a tenant's users by role; and by status: not invited, invited until when, active, disabled.
create index users_role on users (tenant_id, role, id);
create index users_status on users (
  tenant_id,
  (case when disabled_at is not null then timestamptz '9999-12-31 00:00:00+00'
    when activated_at is not null then timestamptz '9999-01-01 00:00:00+00'
    else coalesce(invited_until, timestamptz '1970-01-01 00:00:00+00') end),
  id
);
