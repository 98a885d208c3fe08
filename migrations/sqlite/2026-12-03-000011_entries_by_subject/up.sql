-- What was done with one device or asset, or with anything else that an entry tells of alone.
create index audit_entries_subject on audit_entries (tenant_id, subject_id, id) where subject_id is not null;

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values ('audit_entries', 'audit_entries_subject', '5000000 5000000 10 1');
