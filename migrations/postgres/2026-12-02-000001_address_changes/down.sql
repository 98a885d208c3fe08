delete from links where kind = 'address';
alter table links drop column email;
