-- An earlier program finds the kind in the JSON alone.
update jobs set work = json_set(work, '$.kind', kind);
alter table jobs drop column kind;
