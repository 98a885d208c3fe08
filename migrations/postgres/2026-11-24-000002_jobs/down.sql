alter table customer_branches drop column gone;
drop table jobs;
