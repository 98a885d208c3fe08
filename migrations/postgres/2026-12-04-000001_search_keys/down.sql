alter table users drop column search_key;
