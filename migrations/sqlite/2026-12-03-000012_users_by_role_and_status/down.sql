delete from sqlite_stat1 where idx in ('users_role', 'users_status');
drop index users_status;
drop index users_role;
alter table users drop column status_order;
