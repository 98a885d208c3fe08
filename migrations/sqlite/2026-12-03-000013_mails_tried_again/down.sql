delete from sqlite_stat1 where idx = 'mails_tried_again';
drop index mails_tried_again;
