drop table audit_heads;
drop table audit_concerns;
drop table audit_entries;
