-- What was done with many things at once, by its moment: so the log of one of them finds it.
create index audit_entries_several on audit_entries (tenant_id, kind, at) where subject_id is null;
