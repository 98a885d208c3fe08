-- Named as everybody names it.
alter table looking rename to impersonations;
alter table impersonations rename constraint looking_pkey to impersonations_pkey;
alter table impersonations rename constraint looking_session to impersonations_session;
alter table impersonations rename constraint looking_user to impersonations_user;
alter index looking_user rename to impersonations_user;
