-- What is known of the whole installation: one row, the same for all tenants.
create table installation (
  id integer not null primary key check (id = 1),
  key_print text not null, -- tells the secret key from others, and nothing else about it
  public_url text not null -- where people reach it, as the last `serve` knew it; empty before the first
) strict;
