-- What administrators are to look at: invitations that ran out, and mails that could not be delivered.
create index users_waiting on users (tenant_id, invited_until) where activated_at is null and disabled_at is null;
create index mails_failed on mails (tenant_id, id) where state = 'failed';
