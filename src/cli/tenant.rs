//! `tenantry tenant add`, `admin` and `list`; `export`, `import` and `delete` are in `tenant_file`

use std::net::SocketAddr;
use std::time::Duration;

use clap::Subcommand;

use crate::base::clock::{Clock, Timestamp};
use crate::base::error::Refused;
use crate::base::secrets::{Secrets, Token};
use crate::cli::tenant_file::command;
use crate::cli::{Failure, failed, open, output};
use crate::config::{self, ActivationSettings, StorageSettings};
use crate::db::Db;
use crate::model::setup;
use crate::tenancy::audit::AuditedTransaction;
use crate::tenancy::{installation, rows};

#[derive(clap::Args)]
pub struct Tenant {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Create a tenant and print the activation link of its first administrator
    Add(Add),
    /// Invite a further administrator into a tenant and print their activation link
    Admin(Add),
    /// Print the titles of all tenants
    List(StorageSettings),
    /// Write one tenant into a file, while the server runs
    Export(command::Export),
    /// Put a tenant from such a file into this installation
    Import(command::Import),
    /// Delete a tenant that is in such a file, for good
    Delete(command::Delete),
}

#[derive(clap::Args)]
struct Add {
    /// The tenant's name
    title: String,

    /// Email address of the administrator
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// Base of the link [default: as the server has it]
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    /// Address that the server listens on, of which the link is made before it was first started
    #[arg(long, env = "TENANTRY_LISTEN", value_name = "IP:PORT", default_value = "127.0.0.1:8080")]
    listen: String,

    #[command(flatten)]
    activation: ActivationSettings,

    #[command(flatten)]
    storage: StorageSettings,
}

impl Tenant {
    /// Does what was asked for.
    pub fn run(&self) -> Result<(), Failure> {
        match &self.act {
            Act::Add(add) => add.run(),
            Act::Admin(add) => add.invite(),
            Act::List(storage) => list(storage),
            Act::Export(export) => export.run(),
            Act::Import(import) => import.run(),
            Act::Delete(delete) => delete.run(),
        }
    }
}

impl Add {
    fn run(&self) -> Result<(), Failure> {
        let invitation = setup::FirstAdministrator::read(&self.title, &self.email).map_err(Failure::Failed)?;
        let title = &self.title;
        self.print_link(|writing, secrets, now, lifetime| {
            let token = invitation.add(writing, secrets, now, lifetime)?;
            token.ok_or_else(|| Refused::By(format!("a tenant {title:?} exists already")))
        })
    }

    fn invite(&self) -> Result<(), Failure> {
        let invitation = setup::FurtherAdministrator::read(&self.title, &self.email).map_err(Failure::Failed)?;
        self.print_link(|writing, _, now, lifetime| invitation.add(writing, now, lifetime))
    }

    fn print_link(
        &self,
        add: impl FnOnce(&mut AuditedTransaction, &Secrets, Timestamp, Duration) -> Result<Token, Refused<String>>,
    ) -> Result<(), Failure> {
        let given = self.public_url.as_deref().filter(|url| !url.is_empty());
        let given = given.map(config::public_url).transpose().map_err(Failure::Usage)?;
        let listen = config::address("TENANTRY_LISTEN", &self.listen, "127.0.0.1:8080").map_err(Failure::Usage)?;
        let lifetime = self.activation.lifetime().map_err(Failure::Usage)?;
        let now = Clock::system().now();
        let db = open(&self.storage)?;
        let (base, is_known) = match given {
            Some(base) => (base, true),
            None => served(&db, listen)?,
        };
        let token =
            db.write_blocking(|writing| add(writing, db.secrets(), now, lifetime)).map_err(|why| match why {
                Refused::By(why) => Failure::Failed(why),
                Refused::Failed(error) => failed(error),
            })?;
        if !is_known {
            output::note(format_args!(
                "{UNKNOWN}: the link leads to {base}. Set TENANTRY_PUBLIC_URL to where people will reach it."
            ));
        }
        output::line(format_args!("{base}/activate/{}", token.reveal()))
    }
}

const UNKNOWN: &str = "No server was started here yet, so its address is not known";

/// Where people reach the server, as it has said itself, or as it will be started; and whether it has said so.
fn served(db: &Db, listen: SocketAddr) -> Result<(String, bool), Failure> {
    match db.read_blocking(installation::public_url).map_err(failed)? {
        Some(base) => Ok((base, true)),
        None if listen.port() == 0 => Err(Failure::Usage(format!("TENANTRY_PUBLIC_URL is missing. {UNKNOWN}."))),
        None => Ok((config::local_url(listen), false)),
    }
}

fn list(storage: &StorageSettings) -> Result<(), Failure> {
    let titles = open(storage)?.read_blocking(rows::titles).map_err(failed)?;
    if titles.is_empty() {
        output::note("0 tenants");
    }
    titles.iter().try_for_each(output::line)
}
