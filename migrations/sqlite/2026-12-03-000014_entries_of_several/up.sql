-- What was done with many things at once, by its moment: so the log of one of them finds it.
create index audit_entries_several on audit_entries (tenant_id, kind, at) where subject_id is null;

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values ('audit_entries', 'audit_entries_several', '100000 100000 50000 1');
