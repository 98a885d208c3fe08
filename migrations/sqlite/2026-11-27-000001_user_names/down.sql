drop index users_name;
delete from sqlite_stat1 where idx = 'users_name';
