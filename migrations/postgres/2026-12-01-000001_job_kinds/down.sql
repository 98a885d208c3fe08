-- An earlier program finds the kind in the JSON alone.
update jobs set work = (work::jsonb || jsonb_build_object('kind', kind))::text;
alter table jobs drop column kind;
