drop index audit_entries_subject;
