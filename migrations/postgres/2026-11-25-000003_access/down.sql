drop table looking;
drop table throttles;
