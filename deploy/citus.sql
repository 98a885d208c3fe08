-- Spreads the tables of Tenantry over the workers of a Citus cluster, by tenant. To be run once, on the coordinator, while
-- Tenantry is stopped and after `tenantry migrate` or `tenantry restore`:
--   psql -X -v ON_ERROR_STOP=1 -d tenantry -f citus.sql
-- See docs/scaling.md for what that needs and what it costs.
set client_min_messages = warning;
begin;
set local citus.multi_shard_modify_mode to 'sequential';

-- References between tables are taken away, and put back once both sides are distributed.
create temp table taken_away on commit drop as
  select conrelid::regclass::text as of_table, conname as name, pg_get_constraintdef(oid) as definition
  from pg_constraint where contype = 'f' and connamespace = 'public'::regnamespace;
select format('alter table %s drop constraint %I', of_table, name) from taken_away \gexec

-- Tenants by their id: as a reference table they would be locked for all tenants at once. Their titles are no longer kept
-- unique by the database; `tenantry tenant add` still refuses one that is there.
alter table tenants drop constraint tenants_title_key;
create index tenants_title on tenants (title_key);
select create_distributed_table('tenants', 'id', colocate_with => 'none');

-- Everything of a tenant goes where the tenant is.
select create_distributed_table('customers', 'tenant_id', colocate_with => 'tenants');
select format('select create_distributed_table(%L, %L, colocate_with => %L)', c.relname, 'tenant_id', 'customers')
from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'customers'
order by c.relname \gexec

select format('alter table %s add constraint %I %s', of_table, name, definition) from taken_away
order by of_table, name \gexec
commit;

-- Frees what the coordinator still holds of rows that were there before, and forgets how many they were.
select truncate_local_data_after_distributing_table('tenants');
