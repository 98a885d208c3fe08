-- Hashes of the secrets of links, apart from the links: a mailed link gets a secret whenever its mail is handed to the mail
-- server, and those of earlier tries go on working. What waits to be sent holds none.
create table link_secrets (
  tenant_id blob not null,
  link_id blob not null,
  secret_hash blob not null,
  primary key (tenant_id, link_id, secret_hash),
  constraint link_secrets_link foreign key (tenant_id, link_id) references links (tenant_id, id) on delete cascade
) without rowid;
create index link_secrets_hash on link_secrets (secret_hash);
insert into link_secrets (tenant_id, link_id, secret_hash) select tenant_id, id, secret_hash from links;
drop index links_secret;
alter table links drop column secret_hash;

-- The link that a mail is to carry. There is no foreign key: links are forgotten before the last mail of a user is.
alter table mails add column link_id blob;

-- Somebody whose password matched users of several tenants, and who has not yet chosen one: a row for each of these users
-- under the hash of one random token, which is used once.
create table sign_in_choices (
  tenant_id blob not null,
  token_hash blob not null,
  user_id blob not null,
  expires_at integer not null,
  primary key (tenant_id, token_hash),
  constraint sign_in_choices_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index sign_in_choices_user on sign_in_choices (tenant_id, user_id);
create index sign_in_choices_expires on sign_in_choices (expires_at);

-- Browsers in which a user has signed in before: the hash of a random token in a cookie.
create table known_browsers (
  tenant_id blob not null,
  user_id blob not null,
  token_hash blob not null,
  seen_at integer not null,
  primary key (tenant_id, user_id, token_hash),
  constraint known_browsers_user foreign key (tenant_id, user_id) references users (tenant_id, id) on delete cascade
) without rowid;
create index known_browsers_token on known_browsers (token_hash);
create index known_browsers_seen on known_browsers (seen_at);

-- See the first migration.
delete from sqlite_stat1 where idx = 'links_secret';
insert into sqlite_stat1 (tbl, idx, stat) values
  ('link_secrets', 'link_secrets', '1000000 1000000 1 1'),
  ('link_secrets', 'link_secrets_hash', '1000000 1'),
  ('sign_in_choices', 'sign_in_choices', '100 100 1'),
  ('sign_in_choices', 'sign_in_choices_user', '100 100 1'),
  ('sign_in_choices', 'sign_in_choices_expires', '100 1'),
  ('known_browsers', 'known_browsers', '1000000 1000000 4 1'),
  ('known_browsers', 'known_browsers_token', '1000000 1'),
  ('known_browsers', 'known_browsers_seen', '1000000 1');
