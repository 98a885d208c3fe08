//! Writing one tenant into a file.

use std::path::Path;

use anyhow::{Context as _, Result};
use diesel::connection::SimpleConnection as _;

use crate::base::clock::Timestamp;
use crate::base::id::TenantId;
use crate::cli::backup::container::Container;
use crate::cli::backup::part::Part;
use crate::cli::backup::{self, About};
use crate::cli::tenant_file::head::{Head, OBJECTS, TableHead};
use crate::cli::tenant_file::tables::tables;
use crate::cli::tenant_file::{KIND, LEFT_BEHIND, OF_A_PROCESS, SECRET_COLUMNS, SECRET_TABLES};
use crate::config::Storage;
use crate::db::{self, Access, Conn};
use crate::on_both;
use crate::tenancy::installation;

/// What is to be written.
pub(crate) struct Wanted<'a> {
    pub tenant: TenantId,
    pub title: String,
    /// Whether what people sign in with goes along.
    pub passwords: bool,
    pub now: Timestamp,
    /// Where to; nothing is there yet.
    pub file: &'a Path,
}

/// Copies a tenant's rows into a file, as they are at one moment, while others go on using the database. The file gets its
/// name when it is whole, checked, sealed and on the disk. Answers its size.
pub(crate) fn write(storage: &Storage, wanted: &Wanted<'_>) -> Result<u64> {
    let file = wanted.file;
    backup::refuse_existing(file, "an export")?;
    let about = About::new(&storage.place, &storage.secrets, false, wanted.now)?;
    let about = About { kind: KIND.into(), tenants: 1, ..about };
    let part = Part::begin(file, ".part")?;
    let about =
        copy(storage, wanted, about, &part.path).with_context(|| format!("{} cannot be written", file.display()))?;
    backup::finish(part, file, &storage.place, &storage.secrets, &about, &OBJECTS)
}

fn copy(storage: &Storage, wanted: &Wanted<'_>, about: About, to: &Path) -> Result<About> {
    let mut conn = storage.database.connect(Access::Read)?;
    let mut container = Container::open(to)?;
    let begin = if conn.is_postgres() { "begin isolation level repeatable read read only" } else { "begin" };
    on_both!(&mut conn, c => c.batch_execute(begin))?;
    let about = About { migrations: db::applied(&mut conn)?, ..about };
    container.conn().batch_execute("begin")?;
    let head = Head {
        id: wanted.tenant,
        title: wanted.title.clone(),
        postgres: conn.is_postgres(),
        public_url: installation::public_url(&mut conn)?.unwrap_or_default(),
        passwords: wanted.passwords,
    };
    head.put(&mut container)?;
    copy_tables(&mut conn, wanted, &mut container)?;
    container.conn().batch_execute("commit")?;
    on_both!(&mut conn, c => c.batch_execute("commit"))?;
    container.describe(&about)?;
    Ok(about)
}

fn copy_tables(conn: &mut Conn, wanted: &Wanted<'_>, container: &mut Container) -> Result<()> {
    let mut empty = OF_A_PROCESS.to_vec();
    let mut left_behind = LEFT_BEHIND.to_vec();
    if !wanted.passwords {
        empty.extend(SECRET_COLUMNS);
        left_behind.extend(SECRET_TABLES);
    }
    for table in tables(conn)?.iter().filter(|table| !left_behind.contains(&table.name.as_str())) {
        let n = table.copy(conn, wanted.tenant, &empty, container)?;
        let head = TableHead { name: table.name.clone(), names: table.names().join(" "), n: i64::try_from(n)? };
        head.put(container)?;
    }
    Ok(())
}
