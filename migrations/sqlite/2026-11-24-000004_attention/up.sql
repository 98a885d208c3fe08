-- What administrators are to look at: invitations that ran out, and mails that could not be delivered.
create index users_waiting on users (tenant_id, invited_until) where activated_at is null and disabled_at is null;
create index mails_failed on mails (tenant_id, id) where state = 'failed';

-- See the first migration.
insert into sqlite_stat1 (tbl, idx, stat) values
  ('users', 'users_waiting', '10000 10000 2'),
  ('mails', 'mails_failed', '1000 1000 1');
