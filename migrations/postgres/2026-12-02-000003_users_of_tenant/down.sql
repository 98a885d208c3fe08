drop index users_disabled;
drop index users_last_sign_in;
