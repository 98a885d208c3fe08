delete from sqlite_stat1 where idx = 'audit_entries_several';
drop index audit_entries_several;
