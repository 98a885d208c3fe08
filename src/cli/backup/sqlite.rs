//! A backup of SQLite: an online copy by VACUUM INTO, which reads one consistent state while others go on writing.

use std::path::Path;

use anyhow::{Context, Result, bail};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::cli::backup::About;
use crate::cli::backup::container::Container;
use crate::db::{self, schema::tenants};

/// Copies the database file `from` into the empty file `to`.
pub(crate) fn copy(from: &Path, to: &Path, about: About) -> Result<About> {
    if !from.exists() {
        bail!("there is no database at {}", from.display());
    }
    let mut source = Container::open(from)?;
    // Raw, as everything that only SQLite knows.
    diesel::sql_query("vacuum into ?")
        .bind::<Text, _>(to.to_string_lossy())
        .execute(source.conn())
        .with_context(|| format!("{} cannot be copied", from.display()))?;
    drop(source);
    let mut copy = Container::open(to)?;
    let migrations = db::applied(&mut db::Conn::Sqlite(SqliteConnection::establish(&to.to_string_lossy())?))?;
    let tenants = tenants::table.count().get_result(copy.conn()).context("it has no tables of Tenantry")?;
    let about = About { migrations, tenants, ..about };
    copy.describe(&about)?;
    Ok(about)
}
