delete from sqlite_stat1 where idx in ('users_last_sign_in', 'users_disabled');
drop index users_disabled;
drop index users_last_sign_in;
