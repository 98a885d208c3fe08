//! Deleting a tenant that is in a file: what moved away, or what was handed to whoever left.

use std::path::Path;

use anyhow::{Context as _, Result, bail};
use diesel::connection::SimpleConnection as _;
use diesel::prelude::*;

use crate::base::id::TenantId;
use crate::cli::tenant_file::import::{OldKey, TenantFile};
use crate::cli::tenant_file::tables::tables;
use crate::config::Storage;
use crate::db::schema::audit_entries;
use crate::db::{Access, Conn, Db};

/// Deletes all rows of a tenant, in one transaction, if they are in the file as they are now.
pub(crate) fn delete(storage: &Storage, db: &Db, tenant: TenantId, file: &Path) -> Result<()> {
    let cannot = || format!("nothing was deleted: {}", file.display());
    let mut file = TenantFile::checked(db, file, &OldKey::default()).with_context(cannot)?;
    if file.head.id != tenant {
        return Err(anyhow::anyhow!("it holds another tenant, {:?}", file.head.title)).with_context(cannot);
    }
    let entries = file.rows_of("audit_entries")?;
    let mut conn = storage.database.connect(Access::Write)?;
    if let Conn::Sqlite(conn) = &mut conn {
        // What a statement may have to take back is kept in a file: of large tables it is more than fits into memory.
        conn.batch_execute("pragma temp_store = file")?;
    }
    conn.transaction(|conn| {
        let now: i64 = audit_entries::table.filter(audit_entries::tenant_id.eq(tenant)).count().get_result(conn)?;
        // Every change has an entry.
        if now != entries {
            bail!("nothing was deleted: the tenant was changed after it was exported; export it again");
        }
        for table in tables(conn)?.iter().rev() {
            table.delete(conn, tenant)?;
        }
        Ok(())
    })
}
