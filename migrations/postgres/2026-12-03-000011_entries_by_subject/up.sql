-- What was done with one device or asset, or with anything else that an entry tells of alone.
create index audit_entries_subject on audit_entries (tenant_id, subject_id, id) where subject_id is not null;
