//! `tenantry tenant add` and `tenantry tenant list`

use clap::Subcommand;

use super::{Failure, failed, open};
use crate::clock::Clock;
use crate::config::{ActivationSettings, StorageSettings};
use crate::setup;
use crate::tenant;

#[derive(clap::Args)]
pub struct Tenant {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Create a tenant and print the activation link of its first administrator
    Add(Add),
    /// Print the titles of all tenants
    List(StorageSettings),
}

#[derive(clap::Args)]
struct Add {
    /// The tenant's name
    title: String,

    /// Email address of its first administrator
    #[arg(long, value_name = "ADDRESS")]
    email: String,

    /// Base of the link
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL", default_value = "http://127.0.0.1:8080")]
    public_url: String,

    #[command(flatten)]
    activation: ActivationSettings,

    #[command(flatten)]
    storage: StorageSettings,
}

impl Tenant {
    /// Adds or lists.
    pub fn run(&self) -> Result<(), Failure> {
        match &self.act {
            Act::Add(add) => add.run(),
            Act::List(storage) => list(storage),
        }
    }
}

impl Add {
    fn run(&self) -> Result<(), Failure> {
        let base = crate::config::public_url(&self.public_url).map_err(Failure::Usage)?;
        let lifetime = self.activation.lifetime().map_err(Failure::Usage)?;
        let invitation = setup::FirstAdministrator::read(&self.title, &self.email).map_err(Failure::Failed)?;
        let now = Clock::system().now();
        let db = open(&self.storage)?;
        let added = db.write_blocking(|writing| invitation.add(writing, db.secrets(), now, lifetime));
        let token = added.map_err(failed)?;
        match token {
            Some(token) => println!("{base}/activate/{}", token.reveal()),
            None => return Err(Failure::Failed(format!("a tenant {:?} exists already", self.title))),
        }
        Ok(())
    }
}

fn list(storage: &StorageSettings) -> Result<(), Failure> {
    for title in open(storage)?.read_blocking(tenant::titles).map_err(failed)? {
        println!("{title}");
    }
    Ok(())
}
