-- Paths that customers left remain until nothing is listed by them.
alter table customer_branches rename column gone to stale;
