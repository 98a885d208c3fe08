-- The address that a link confirms; only those of the kind address have one.
alter table links add column email text;
