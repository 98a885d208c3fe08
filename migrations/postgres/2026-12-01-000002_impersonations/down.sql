alter index impersonations_user rename to looking_user;
alter table impersonations rename constraint impersonations_user to looking_user;
alter table impersonations rename constraint impersonations_session to looking_session;
alter table impersonations rename constraint impersonations_pkey to looking_pkey;
alter table impersonations rename to looking;
