drop index users_status;
drop index users_role;
