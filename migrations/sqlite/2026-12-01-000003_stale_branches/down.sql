alter table customer_branches rename column stale to gone;
