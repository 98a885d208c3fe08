//! `tenantry export`

use std::io::{self, Write};

use crate::base::clock::Clock;
use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::cli::{Failure, failed, open, output, tenant_called};
use crate::config::StorageSettings;
use crate::db::Db;
use crate::model::customers::listing::Level;
use crate::model::imports::ImportKind;
use crate::model::inventory::Kind;
use crate::pages::customers::export;
use crate::pages::inventory::export::{Cursor, Listed};
use crate::pages::{inventory, users};
use crate::tenancy::TenantConn;
use crate::web::export_stream::{ExportColumns, Part};

#[derive(clap::Args)]
pub struct Export {
    /// What is written
    #[arg(value_enum)]
    what: ImportKind,

    /// Title of the tenant
    #[arg(long, value_name = "TITLE")]
    tenant: String,

    #[command(flatten)]
    storage: StorageSettings,
}

/// A database and a tenant in it.
struct Source {
    db: Db,
    tenant: TenantId,
}

impl Export {
    /// Writes everything, oldest first.
    pub fn run(&self) -> Result<(), Failure> {
        let db = open(&self.storage)?;
        let tenant = tenant_called(&db, &self.tenant)?;
        let (source, out) = (Source { db, tenant }, &mut io::stdout().lock());
        let written = match self.what {
            ImportKind::Customers => {
                let first = export::all();
                let part = |t: &mut TenantConn, list| export::part(t, ExportColumns::Importable, Level::Every, list);
                source.write(out, export::head(ExportColumns::Importable), first, part)
            }
            ImportKind::Users => {
                source.write(out, users::export::head(ExportColumns::Importable), None, users::export::part_of_all)
            }
            ImportKind::Devices => source.items(out, Kind::Device),
            ImportKind::Assets => source.items(out, Kind::Asset),
        };
        output::written(written?)
    }
}

impl Source {
    fn items(&self, out: &mut impl Write, kind: Kind) -> Result<io::Result<()>, Failure> {
        let listed = Listed::all(kind);
        let part = |t: &mut TenantConn, place| inventory::export::part(t, ExportColumns::Importable, &listed, place);
        self.write(out, inventory::export::head(ExportColumns::Importable), Cursor::default(), part)
    }

    /// Writes part after part; inside, what the output says.
    fn write<C>(
        &self,
        out: &mut impl Write,
        head: Vec<u8>,
        first: C,
        part: impl Fn(&mut TenantConn, C) -> Result<Part<C>, Error>,
    ) -> Result<io::Result<()>, Failure> {
        let (mut written, mut next) = (out.write_all(&head), Some(first));
        let now = Clock::system().now();
        while let (Ok(()), Some(place)) = (&written, next.take()) {
            let found = self.db.read_blocking(|conn| part(&mut TenantConn::found(conn, self.tenant, now), place));
            let found = found.map_err(failed)?;
            next = found.next;
            written = out.write_all(&found.bytes);
        }
        Ok(written.and_then(|()| out.flush()))
    }
}
