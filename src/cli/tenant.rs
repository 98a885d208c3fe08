//! `tenantry tenant add`, `tenantry tenant admin` and `tenantry tenant list`

use std::time::Duration;

use clap::Subcommand;

use super::{Failure, failed, open};
use crate::audit::Writing;
use crate::clock::{Clock, Timestamp};
use crate::config::{ActivationSettings, StorageSettings};
use crate::error::Refused;
use crate::secrets::{Secrets, Token};
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
    /// Invite a further administrator into a tenant and print their activation link
    Admin(Add),
    /// Print the titles of all tenants
    List(StorageSettings),
}

#[derive(clap::Args)]
struct Add {
    /// The tenant's name
    title: String,

    /// Email address of the administrator
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
    /// Adds, invites or lists.
    pub fn run(&self) -> Result<(), Failure> {
        match &self.act {
            Act::Add(add) => add.run(),
            Act::Admin(add) => add.invite(),
            Act::List(storage) => list(storage),
        }
    }
}

impl Add {
    fn run(&self) -> Result<(), Failure> {
        let invitation =
            setup::founders::FirstAdministrator::read(&self.title, &self.email).map_err(Failure::Failed)?;
        let title = &self.title;
        self.print_link(|writing, secrets, now, lifetime| {
            let token = invitation.add(writing, secrets, now, lifetime)?;
            token.ok_or_else(|| Refused::By(format!("a tenant {title:?} exists already")))
        })
    }

    fn invite(&self) -> Result<(), Failure> {
        let invitation =
            setup::founders::FurtherAdministrator::read(&self.title, &self.email).map_err(Failure::Failed)?;
        self.print_link(|writing, _, now, lifetime| invitation.add(writing, now, lifetime))
    }

    fn print_link(
        &self,
        add: impl FnOnce(&mut Writing, &Secrets, Timestamp, Duration) -> Result<Token, Refused<String>>,
    ) -> Result<(), Failure> {
        let base = crate::config::public_url(&self.public_url).map_err(Failure::Usage)?;
        let lifetime = self.activation.lifetime().map_err(Failure::Usage)?;
        let now = Clock::system().now();
        let db = open(&self.storage)?;
        let token =
            db.write_blocking(|writing| add(writing, db.secrets(), now, lifetime)).map_err(|why| match why {
                Refused::By(why) => Failure::Failed(why),
                Refused::Failed(error) => failed(error),
            })?;
        println!("{base}/activate/{}", token.reveal());
        Ok(())
    }
}

fn list(storage: &StorageSettings) -> Result<(), Failure> {
    for title in open(storage)?.read_blocking(tenant::titles).map_err(failed)? {
        println!("{title}");
    }
    Ok(())
}
