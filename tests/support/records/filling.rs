//! Rows by the thousand, added behind the application's back as it would add them, its numbers included.

use super::Records;
use crate::support::app::on_postgres;

/// A number in the key of a name, of an SQL expression: led by its length, so that keys sort by value.
fn led(number: &str) -> String {
    format!("(length(cast({number} as text)) - 1) || {number}")
}

/// Customers' numbers of users and inner customers, and the levels they are at, as they must be.
const COUNTED: &str = "update customer_counts set
      level_id = (select coalesce(c.parent_id, c.tenant_id) from customers c
        where c.tenant_id = customer_counts.tenant_id and c.id = customer_counts.customer_id),
      users_count = (select count(*) from users u
        where u.tenant_id = customer_counts.tenant_id and u.customer_id = customer_counts.customer_id),
      inner_count = (select count(*) from customers c
        where c.tenant_id = customer_counts.tenant_id and c.parent_id = customer_counts.customer_id);";

impl Records {
    /// Adds inner customers of the one at `parent`, four inside each, and two users to each of them, without asking
    /// the application: the n-th has the title "Branch n" and users called `a-n@branch.example` and `b-n@branch.example`.
    pub fn add_branch(&mut self, parent: &str, customers: usize) {
        let parent = parent.rsplit('/').next().unwrap().replace('-', "");
        let (id, parent, now) = match self {
            Self::Sqlite(_) => ("unhex(printf('%032x', {}))", format!("x'{parent}'"), "1700000000000000"),
            Self::Postgres(_) => {
                ("cast(lpad(to_hex({}), 32, '0') as uuid)", format!("cast('{parent}' as uuid)"), "now()")
            }
        };
        let id = |n: &str| id.replace("{}", n);
        let numbers = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {customers})");
        let tenant = format!("(select tenant_id from customers where id = {parent})");
        let texts = "country, country_key, state, city, city_key, zip, address, address2, phone, email, email_key";
        self.run(&format!(
            "insert into customers (tenant_id, id, parent_id, title, title_key, description, search_key, created_at,
                 updated_at, {texts})
             {numbers} select {tenant}, {}, case when i < 4 then {parent} else {} end, 'Branch ' || i,
                 'branch ' || {led}, '', 'ʬʬbranch ʬʬ' || i, {now}, {now}, '', '', '', '', '', '', '', '', '', '', ''
             from n",
            id("i"),
            id("(i / 4)"),
            led = led("i")
        ));
        for (letter, row) in [("a", "1000000 + i"), ("b", "2000000 + i")] {
            self.run(&format!(
                "insert into users (tenant_id, id, role, customer_id, email, email_key, first_name, last_name, name_key,
                     search_key, phone, description, created_at, updated_at)
                 {numbers} select {tenant}, {}, 'customer_user', {}, '{letter}-' || i || '@branch.example',
                     '{letter}-' || i || '@branch.example', '', '', '{letter}-' || {led} || '@branch.example',
                     '\n{letter}-' || i || '@branch.example', '', '', {now}, {now}
                 from n",
                id(&format!("({row})")),
                id("i"),
                led = led("i")
            ));
        }
        self.run(&format!(
            "insert into customer_counts (tenant_id, customer_id, level_id)
             select tenant_id, id, coalesce(parent_id, tenant_id) from customers c where tenant_id = {tenant}
               and not exists (select 1 from customer_counts n where n.tenant_id = {tenant} and n.customer_id = c.id);
             delete from customer_branches where tenant_id = {tenant};
             insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key, has_devices)
             with recursive up (ancestor, customer, title_key, devices) as (
               select c.id, c.id, c.title_key, n.devices_count from customers c join customer_counts n
                 on n.tenant_id = c.tenant_id and n.customer_id = c.id where c.tenant_id = {tenant}
               union all
               select c.parent_id, up.customer, up.title_key, up.devices
               from up join customers c on c.id = up.ancestor and c.tenant_id = {tenant} where c.parent_id is not null)
             select {tenant}, ancestor, customer, title_key, devices > 0 from up"
        ));
        self.run(&format!(
            "{COUNTED}
             insert into tenant_counts (tenant_id, kind, slot, n) values ({tenant}, 'customers', 99, {customers})
             on conflict (tenant_id, kind, slot) do update set n = tenant_counts.n + {customers}"
        ));
    }

    /// Puts customers at the top under others without asking the application, as deep as they may be: each is named by its
    /// address, beside that of its parent.
    pub fn put_under(&mut self, tenant: &str, pairs: &[(&str, &str)]) {
        let id = |at: &str| {
            let id = at.rsplit('/').next().unwrap();
            match on_postgres() {
                true => format!("'{id}'"),
                false => format!("x'{}'", id.replace('-', "")),
            }
        };
        for (customer, parent) in pairs {
            self.run(&format!("update customers set parent_id = {} where id = {}", id(parent), id(customer)));
        }
        let tenant = format!("(select id from tenants where title = '{tenant}')");
        self.run(&format!(
            "delete from customer_branches where tenant_id = {tenant};
             insert into customer_branches (tenant_id, ancestor_id, customer_id, title_key)
             with recursive up (ancestor, customer, title_key) as (
               select id, id, title_key from customers where tenant_id = {tenant}
               union all
               select c.parent_id, up.customer, up.title_key
               from up join customers c on c.id = up.ancestor and c.tenant_id = {tenant} where c.parent_id is not null)
             select {tenant}, ancestor, customer, title_key from up;
             {COUNTED}
             insert into tenant_counts (tenant_id, kind, slot, n) values ({tenant}, 'top_customers', 98, -{n})
             on conflict (tenant_id, kind, slot) do update set n = tenant_counts.n - {n}",
            n = pairs.len()
        ));
    }

    /// Gives a tenant `n` devices of nobody without asking the application, called `name` and a number from 100000 on.
    pub fn add_many_devices(&mut self, tenant: &str, name: &str, label: &str, n: usize) {
        let (id, now) = match self {
            Self::Sqlite(_) => ("randomblob(16)", "1"),
            Self::Postgres(_) => ("gen_random_uuid()", "now()"),
        };
        self.run(&format!(
            "insert into things (tenant_id, id, kind, name, name_key, type_name, type_key, label, label_key, description,
               search_key, created_at, updated_at)
             with recursive many (n) as (select 100000 union all select n + 1 from many where n < 100000 + {n} - 1)
             select t.id, {id}, 'device', '{name}' || n, '{name}5' || n, 'x', 'x', '{label}', '{label}', '',
               'ʬʬ{name}' || n || '\n{label}\nx', {now}, {now} from many cross join tenants t where t.title = '{tenant}';
             insert into tenant_counts (tenant_id, kind, slot, n)
             select id, 'devices', {slot}, {n} from tenants where title = '{tenant}';",
            slot = 20 + n,
        ));
    }

    /// Gives each customer that `add_branch` added a device, and nobody `free` more, without asking the application: the
    /// n-th is called "Device n" or "Free n".
    pub fn add_devices(&mut self, tenant: &str, free: usize) {
        let tenant = format!("(select id from tenants where title = '{tenant}')");
        let (id, now) = match self {
            Self::Sqlite(_) => ("unhex(printf('%032x', {} + i))", "1700000000000000"),
            Self::Postgres(_) => ("cast(lpad(to_hex({} + i), 32, '0') as uuid)", "now()"),
        };
        let numbers = format!("with recursive n (i) as (select 1 union all select i + 1 from n where i < {free})");
        let columns = "tenant_id, id, kind, customer_id, name, name_key, type_name, type_key, label, label_key,
             description, search_key, created_at, updated_at";
        let rest = "'default', 'default', '', '', ''";
        let month = match self {
            Self::Sqlite(_) => "strftime('%Y-%m', x.created_at / 1000000, 'unixepoch')",
            Self::Postgres(_) => "to_char(x.created_at at time zone 'UTC', 'YYYY-MM')",
        };
        let row_of = match self {
            Self::Sqlite(_) => "(select seq as i, id as customer, title from customers where title like 'Branch %') n",
            Self::Postgres(_) => {
                "(select row_number() over () as i, id as customer, title from customers where title like 'Branch %') n"
            }
        };
        self.run(&format!(
            "insert into things ({columns})
             select {tenant}, {of_branch}, 'device', customer, 'Device' || substr(title, 7),
                 'device ' || {led_title}, {rest}, 'ʬʬdevice ʬʬ' || substr(title, 8), {now}, {now} from {row_of};
             insert into things ({columns})
             {numbers} select {tenant}, {of_none}, 'device', null, 'Free ' || i, 'free ' || {led}, {rest}, 'ʬʬfree ʬʬ' || i, {now},
                 {now} from n;
             update customer_counts set devices_count = (select count(*) from things x
                 where x.tenant_id = customer_counts.tenant_id and x.customer_id = customer_counts.customer_id);
             update customer_branches set has_devices = exists (select 1 from things
                 where things.tenant_id = customer_branches.tenant_id and things.customer_id = customer_branches.customer_id);
             delete from things_in_branches;
             insert into things_in_branches (tenant_id, ancestor_id, kind, thing_id, name_key, type_key, label_key)
             select b.tenant_id, b.ancestor_id, x.kind, x.id, x.name_key, x.type_key, x.label_key
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 where b.ancestor_id <> b.customer_id;
             delete from branch_counts;
             insert into branch_counts (tenant_id, customer_id, kind, n)
             select b.tenant_id, b.ancestor_id, x.kind, count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind;
             insert into thing_types (tenant_id, kind, type_key, slot, type_name, n)
             select {tenant}, 'device', 'default', 99, 'default', count(*) from things where tenant_id = {tenant};
             insert into tenant_counts (tenant_id, kind, slot, n)
             select {tenant}, 'devices', 99, count(*) from things where tenant_id = {tenant};
             insert into thing_months (tenant_id, kind, month, slot, n)
             select tenant_id, kind, {month}, 99, count(*) from things x group by tenant_id, kind, {month};
             insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
             select b.tenant_id, b.ancestor_id, x.kind, 'type', x.type_key, min(x.type_name), count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind, x.type_key;
             insert into thing_tallies (tenant_id, customer_id, kind, tallied_by, tally_key, tally_name, n)
             select b.tenant_id, b.ancestor_id, x.kind, 'month', {month}, {month}, count(*)
                 from customer_branches b join things x on x.tenant_id = b.tenant_id and x.customer_id = b.customer_id
                 group by b.tenant_id, b.ancestor_id, x.kind, {month};
             insert into tenant_counts (tenant_id, kind, slot, n) values ({tenant}, 'devices_not_assigned', 99, {free})",
            of_branch = id.replace("{}", "4000000"),
            of_none = id.replace("{}", "8000000"),
            led = led("i"),
            led_title = led("substr(title, 8)"),
        ));
        if let Self::Postgres(_) = self {
            // As a database is after a while: without statistics every plan is a guess.
            self.run("analyze");
        }
    }
}
