-- Mails that failed and are tried again: administrators are told of them, and there are none while all is well.
create index mails_tried_again on mails (tenant_id, id) where state = 'queued' and tries > 0;

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values ('mails', 'mails_tried_again', '1000 1000 1');
