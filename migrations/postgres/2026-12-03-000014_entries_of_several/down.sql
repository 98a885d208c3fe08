drop index audit_entries_several;
