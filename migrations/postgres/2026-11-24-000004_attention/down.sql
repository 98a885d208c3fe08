drop index mails_failed;
drop index users_waiting;
