drop table looking;
drop table throttles;
delete from sqlite_stat1 where idx in ('looking', 'looking_user');
