drop table import_refusals;
drop table import_chunks;
drop table imports;
