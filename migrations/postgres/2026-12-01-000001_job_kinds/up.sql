-- The kind of a job is a key: it was the beginning of the JSON that says what is to be done. What is there keeps it in both
-- places; a program that knows this column reads the column alone.
alter table jobs add column kind text not null default '';
update jobs set kind = coalesce(work::json ->> 'kind', '');
