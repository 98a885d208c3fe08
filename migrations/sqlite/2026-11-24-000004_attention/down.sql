drop index mails_failed;
drop index users_waiting;
delete from sqlite_stat1 where idx in ('users_waiting', 'mails_failed');
