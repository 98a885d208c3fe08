//! `tenantry tenant export`, `tenantry tenant import` and `tenantry tenant delete`

use std::path::PathBuf;

use anyhow::Context as _;

use crate::base::clock::Clock;
use crate::base::text::Count;
use crate::cli::backup::{command as backup, megabytes};
use crate::cli::tenant_file::delete;
use crate::cli::tenant_file::export::{self, Wanted};
use crate::cli::tenant_file::head::Head;
use crate::cli::tenant_file::import::{Imported, OldKey, TenantFile};
use crate::cli::{Failure, failed, open, output, tenant_called};
use crate::config::{self, StorageSettings};
use crate::db::Db;
use crate::tenancy::TenantConn;
use crate::tenancy::rows;

#[derive(clap::Args)]
pub struct Export {
    /// The tenant's name
    title: String,

    /// Where to write it to; nothing is there yet
    file: PathBuf,

    /// Leave out what people sign in with and what is sent to them: password hashes, links, and letters that wait. For
    /// handing a tenant its data; once imported, its users need new links
    #[arg(long)]
    without_passwords: bool,

    #[command(flatten)]
    storage: StorageSettings,
}

#[derive(clap::Args)]
pub struct Import {
    /// A file that `tenantry tenant export` wrote
    file: PathBuf,

    /// The secret key under which it was made, if that is another one than here: a copy of secret.key, or a line of text
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,

    /// The same as text, as it was in TENANTRY_SECRET_KEY there
    #[arg(long, env = "TENANTRY_OLD_SECRET_KEY", value_name = "TEXT", hide_env_values = true)]
    old_secret_key: Option<String>,

    /// Base of the links in mails that wait [default: as the server has it]
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    #[command(flatten)]
    storage: StorageSettings,
}

#[derive(clap::Args)]
pub struct Delete {
    /// The tenant's name
    title: String,

    /// A file that `tenantry tenant export` wrote of it here, after its last change
    file: PathBuf,

    #[command(flatten)]
    storage: StorageSettings,
}

impl Export {
    /// Writes the file and says what is in it.
    pub fn run(&self) -> Result<(), Failure> {
        let db = open(&self.storage)?;
        let storage = self.storage.existing()?;
        let tenant = tenant_called(&db, &self.title)?;
        let now = Clock::system().now();
        let title = db.read_blocking(|conn| rows::title(&mut TenantConn::found(conn, tenant, now))).map_err(failed)?;
        let wanted = Wanted { tenant, title: title.clone(), passwords: !self.without_passwords, now, file: &self.file };
        let bytes = export::write(&storage, &wanted).map_err(backup::failed)?;
        let without = if self.without_passwords { ", without passwords" } else { "" };
        output::line(format_args!("{}: {title}, {}{without}, checked", self.file.display(), megabytes(bytes)))
    }
}

impl Import {
    /// Imports it and says what is to be done next.
    pub fn run(&self) -> Result<(), Failure> {
        let url = self.public_url.as_deref().filter(|url| !url.is_empty());
        let url = url.map(config::public_url).transpose().map_err(Failure::Usage)?;
        let text = self.old_secret_key.as_deref().filter(|key| !key.is_empty());
        let old = OldKey { file: self.key_file.as_deref(), text };
        let db = open(&self.storage)?;
        let (head, imported) = self.put(&db, &old, url.as_deref()).map_err(backup::failed)?;
        let entries = Count::from(imported.entries).of("entry", "entries");
        output::line(format_args!("{}: imported, with {entries} of the audit log", head.title))?;
        if !head.passwords {
            output::note(
                "There are no passwords in it: let an administrator in by `tenantry tenant admin`, who sends the others \
                 activation mails.",
            );
        } else if imported.leads_back {
            output::note(format_args!(
                "No server was started here yet, so the links in {} still lead to where the tenant was.",
                Count(imported.mails).of("mail that waits", "mails that wait")
            ));
        }
        Ok(())
    }

    fn put(&self, db: &Db, old: &OldKey<'_>, url: Option<&str>) -> anyhow::Result<(Head, Imported)> {
        let cannot = || format!("{} cannot be imported", self.file.display());
        let file = TenantFile::checked(db, &self.file, old).with_context(cannot)?;
        let head = file.head.clone();
        let imported = file.put(db, url, Clock::system().now()).with_context(cannot)?;
        Ok((head, imported))
    }
}

impl Delete {
    /// Deletes the tenant.
    pub fn run(&self) -> Result<(), Failure> {
        let db = open(&self.storage)?;
        let storage = self.storage.existing()?;
        let tenant = tenant_called(&db, &self.title)?;
        delete::delete(&storage, &db, tenant, &self.file).map_err(backup::failed)?;
        output::line(format_args!("{}: deleted; {} is all that is left of it", self.title, self.file.display()))
    }
}
