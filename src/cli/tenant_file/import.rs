//! Putting a tenant from a file into an installation: a file is believed nothing, and all of it is there at once or nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result, bail, ensure};
use diesel::prelude::*;
use diesel::sql_types::Text;

use crate::base::clock::Timestamp;
use crate::base::secrets::Secrets;
use crate::cli::backup::container::Container;
use crate::cli::backup::seal::Seal;
use crate::cli::backup::{About, key, rows};
use crate::cli::tenant_file::head::{Head, OBJECTS, TableHead};
use crate::cli::tenant_file::tables::{Table, tables};
use crate::cli::tenant_file::{KIND, WITHOUT_PASSWORDS};
use crate::db::{self, Conn, Db};
use crate::services::mail;
use crate::tenancy::audit::{self, Action, AuditedTransaction, Entry, Origin, Who};
use crate::tenancy::rows::{self as tenant_rows, Named};
use crate::tenancy::{TenantConn, installation};

/// Bytes of rows in one statement on SQLite, which keeps what a statement changes of every page until it ends, to be able to
/// take it back.
const SQLITE_AT_ONCE: usize = 64 << 10;

/// Where the secret key is found under which a file was made, if it is another one than here.
#[derive(Default)]
pub(crate) struct OldKey<'a> {
    pub file: Option<&'a Path>,
    pub text: Option<&'a str>,
}

/// A file whose seal is right and that fits this installation.
pub(crate) struct TenantFile {
    container: Container,
    pub head: Head,
    /// The key that it is under.
    secrets: Secrets,
}

/// What was put into the installation.
pub(crate) struct Imported {
    pub entries: i64,
    /// Mails that wait; or, where their letters are not in the file, that have failed.
    pub mails: u64,
    /// Whether the links in these mails may lead to where the tenant was before.
    pub leads_back: bool,
}

impl TenantFile {
    /// Looks at everything that can be known to be wrong before anything is touched.
    pub fn checked(db: &Db, file: &Path, old: &OldKey<'_>) -> Result<Self> {
        ensure!(file.is_file(), "there is no such file");
        let seal = Seal::check(file)?;
        let mut container = Container::open_unchanging(file)?;
        let about = container.about()?;
        ensure!(about.kind == KIND, "it is a backup of a whole database, for `tenantry restore`");
        let seal = seal.context("it is damaged: its end is missing")?;
        refuse_other_version(db, &about, &container.made_by()?)?;
        let secrets = old.secrets(&about, db.secrets())?;
        if !seal.is_under(&secrets) {
            bail!("it was changed after it was made: its seal is not under its secret key");
        }
        container.check_objects(&about, &OBJECTS)?;
        container.check()?;
        let head = Head::of(&mut container)?;
        Ok(Self { container, head, secrets })
    }

    /// How many rows of a table are in it.
    pub fn rows_of(&mut self, table: &str) -> Result<i64> {
        let heads = TableHead::all(&mut self.container)?;
        Ok(heads.iter().find(|head| head.name == table).map_or(0, |head| head.n))
    }

    /// Puts it into the database, in one transaction. `public_url`: where people will reach it, if that is known.
    pub fn put(mut self, db: &Db, public_url: Option<&str>, now: Timestamp) -> Result<Imported> {
        db.write_blocking(|writing| {
            refuse_taken(writing, &self.head)?;
            self.load(writing)?;
            let (old, new, tenant) = (&self.secrets, db.secrets(), self.head.id);
            let entries = audit::take_over(writing, old, new, tenant, self.head.postgres)?;
            let entries = entries.map_err(|broken| {
                anyhow::anyhow!("the audit log in it is not as it was written: {broken}; nothing was imported")
            })?;
            let (mails, leads_back) = self.take_mails(writing, new, public_url)?;
            record(writing, &self.head, now)?;
            Ok(Imported { entries, mails, leads_back })
        })
    }

    fn load(&mut self, conn: &mut Conn) -> Result<()> {
        let heads = TableHead::all(&mut self.container)?;
        let here = tables(conn)?;
        let mut statements = BTreeMap::new();
        for head in &heads {
            let table = here.iter().find(|table| table.name == head.name && table.names().join(" ") == head.names);
            let table = table.with_context(|| format!("its table {} is none of this version", head.name))?;
            statements.insert(head.name.clone(), self.statement(conn, table));
        }
        let mut written: BTreeMap<String, i64> = BTreeMap::new();
        let mut seq = 0;
        while let Some(piece) = self.container.next_rows(seq)? {
            seq = piece.seq;
            let statement = statements.get(&piece.name);
            let statement = statement.with_context(|| format!("it has rows of {}, which is no table", piece.name))?;
            let at_once = if conn.is_postgres() { rows::PIECE } else { SQLITE_AT_ONCE };
            rows::read(&piece.content, at_once, |some, _| {
                let n = diesel::sql_query(statement).bind::<Text, _>(some).execute(conn)?;
                *written.entry(piece.name.clone()).or_default() += i64::try_from(n)?;
                Ok(())
            })?;
        }
        let short = heads.iter().find(|head| written.get(&head.name).copied().unwrap_or_default() != head.n);
        short.map_or(Ok(()), |head| bail!("it is damaged: rows of {} are missing", head.name))
    }

    fn statement(&self, conn: &Conn, table: &Table) -> String {
        let empty = if self.head.passwords { &[][..] } else { &WITHOUT_PASSWORDS };
        table.insert(conn.is_postgres(), empty)
    }

    /// Puts mails that wait under the key of this installation, with links that lead here; answers how many, and whether
    /// it is not known where that is.
    fn take_mails(&self, conn: &mut Conn, new: &Secrets, public_url: Option<&str>) -> Result<(u64, bool)> {
        let (tenant, before) = (self.head.id, self.head.public_url.as_str());
        if !self.head.passwords {
            return Ok((mail::fail_all(conn, tenant, "It was left out when the tenant moved; send it again.")?, false));
        }
        let mails = mail::rekey(conn, &self.secrets, new, tenant)?;
        let here = match public_url {
            Some(url) => Some(url.to_owned()),
            None => installation::public_url(conn)?,
        };
        match here {
            Some(here) if !before.is_empty() => {
                mail::redirect(conn, new, tenant, before, &here)?;
                Ok((mails, false))
            }
            _ => Ok((mails, mails > 0)),
        }
    }
}

/// Leaves the entry that tells of it.
fn record(writing: &mut AuditedTransaction<'_>, head: &Head, now: Timestamp) -> Result<()> {
    let t = &mut TenantConn::within(writing, head.id, Arc::new(Origin::inside(Who::Operator)), now);
    let tenant = tenant_rows::named(t)?;
    Ok(audit::record(t, Entry::of(Action::Import, &tenant))?)
}

/// Refuses a tenant whose title or identity is taken.
fn refuse_taken(conn: &mut Conn, head: &Head) -> Result<()> {
    let all = tenant_rows::all(conn, None)?;
    if let Some(Named(_, title)) = all.iter().find(|Named(id, _)| *id == head.id) {
        bail!("the tenant is here already, as {title:?}");
    }
    ensure!(!tenant_rows::has(conn, &head.title)?, "a tenant {:?} exists already", head.title);
    Ok(())
}

/// Refuses a file whose tables are not those of this version.
fn refuse_other_version(db: &Db, about: &About, made_by: &str) -> Result<()> {
    let known = db::known(db.url().is_postgres()).map_err(anyhow::Error::msg)?;
    let here = env!("CARGO_PKG_VERSION");
    if about.migrations.iter().any(|version| !known.contains(version)) {
        bail!(
            "it was made by a newer Tenantry ({made_by}, and this is {here}); bring this installation to that version first"
        );
    }
    if known.iter().any(|version| !about.migrations.contains(version)) {
        bail!(
            "it was made by an earlier Tenantry ({made_by}, and this is {here}); bring that installation to this version \
             and export the tenant again"
        );
    }
    Ok(())
}

impl OldKey<'_> {
    /// The key under which a file was made.
    fn secrets(&self, about: &About, here: &Secrets) -> Result<Secrets> {
        if here.print() == about.key_print {
            return Ok(here.clone());
        }
        match (self.file, self.text) {
            (Some(file), _) => Ok(Secrets::new(&key::in_file(file, &about.key_print)?)),
            (None, Some(text)) => {
                let secrets = Secrets::new(text.as_bytes());
                ensure!(
                    secrets.print() == about.key_print,
                    "TENANTRY_OLD_SECRET_KEY is not the key that it was made under"
                );
                Ok(secrets)
            }
            (None, None) => bail!(
                "it was made under another secret key than the one here; give that one by --key-file FILE or \
                 TENANTRY_OLD_SECRET_KEY"
            ),
        }
    }
}
