//! `tenantry audit verify`

use clap::Subcommand;

use crate::base::error::Error;
use crate::base::text::Count;
use crate::cli::{Failure, open, output};
use crate::config::StorageSettings;
use crate::tenancy::audit;
use crate::tenancy::rows::{self, Named};

#[derive(clap::Args)]
pub struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Check that no entry was changed, removed or put in beside the server; names the first that was
    Verify(Verify),
}

#[derive(clap::Args)]
struct Verify {
    /// Only this tenant's log
    #[arg(long, value_name = "TITLE")]
    tenant: Option<String>,

    #[command(flatten)]
    storage: StorageSettings,
}

impl Audit {
    /// Verifies.
    pub fn run(&self) -> Result<(), Failure> {
        let Act::Verify(verify) = &self.act;
        verify.run()
    }
}

impl Verify {
    fn run(&self) -> Result<(), Failure> {
        let db = open(&self.storage)?;
        let failed = |why: Error| Failure::Failed(why.to_string());
        let tenants = db.read_blocking(|conn| rows::all(conn, self.tenant.as_deref())).map_err(failed)?;
        match (&self.tenant, tenants.as_slice()) {
            (Some(title), []) => return Err(Failure::Failed(format!("there is no tenant {title:?}"))),
            (None, []) => output::note("There is no tenant yet, and so no audit log."),
            _ => {}
        }
        let mut broken = 0;
        for Named(id, title) in &tenants {
            let found = db.read_blocking(|conn| audit::verify(conn, db.secrets(), *id)).map_err(failed)?;
            match found {
                Ok(n) => output::line(format_args!(
                    "{title}: {}, nothing was changed",
                    Count::from(n).of("entry", "entries")
                ))?,
                Err(why) => {
                    broken += 1;
                    output::line(format_args!("{title}: {why}"))?;
                }
            }
        }
        let wrong = db.read_blocking(audit::wrong_with_tables).map_err(failed)?;
        for why in &wrong {
            output::line(format_args!("The tables of the log: {why}"))?;
        }
        match broken {
            0 if !wrong.is_empty() => {
                Err(Failure::Failed("the tables of the audit log are not as they were made".into()))
            }
            0 => Ok(()),
            1 => Err(Failure::Failed("the audit log of 1 tenant is not as it was written".into())),
            n => Err(Failure::Failed(format!("the audit logs of {n} tenants are not as they were written"))),
        }
    }
}
