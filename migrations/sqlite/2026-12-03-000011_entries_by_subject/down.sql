drop index audit_entries_subject;
delete from sqlite_stat1 where idx = 'audit_entries_subject';
