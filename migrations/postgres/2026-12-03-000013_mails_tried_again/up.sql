-- Mails that failed and are tried again: administrators are told of them, and there are none while all is well.
create index mails_tried_again on mails (tenant_id, id) where state = 'queued' and tries > 0;
