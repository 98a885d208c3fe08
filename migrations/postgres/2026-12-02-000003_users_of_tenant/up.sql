-- The list of a tenant's users, over all customers, by when they signed in last; and those who are disabled, who are few.
create index users_last_sign_in on users (tenant_id, last_sign_in_at, id);
create index users_disabled on users (tenant_id, id) where disabled_at is not null;
