drop table known_browsers;
drop table sign_in_choices;
alter table mails drop column link_id;
alter table links add column secret_hash bytea not null default '';
update links set secret_hash = coalesce((select s.secret_hash from link_secrets s
  where s.tenant_id = links.tenant_id and s.link_id = links.id order by s.secret_hash limit 1), '');
create index links_secret on links (secret_hash);
drop table link_secrets;
