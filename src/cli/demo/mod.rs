//! `tenantry demo`: a believable tenant, the same for the same seed, at any size.

pub mod dashboards;
pub mod inventory;
pub mod names;

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;

use crate::base::clock::{Clock, Timestamp};
use crate::base::error::{Error, Refused};
use crate::base::id::{CustomerId, Id, TenantId};
use crate::base::secrets;
use crate::base::text;
use crate::cli::demo::names::{DIVISIONS, FAMILY, FIRST, GIVEN, KINDS, PLACES, ROUND, STREETS};
use crate::cli::{Failure, output};
use crate::config::{PASSWORD_COST, StorageSettings};
use crate::db::{self, Db};
use crate::model::customers::contact::ContactDetails;
use crate::model::customers::{self, CustomerDraft, bulk_load};
use crate::model::setup;
use crate::model::users::bulk_load::{Access, BulkUser};
use crate::model::users::{self, Role, User, UserDraft};
use crate::services::password::{HashQueue, Hasher};
use crate::tenancy::audit::{self, Action, Entry, Origin, Who};
use crate::tenancy::{TenantConn, rows};

#[derive(clap::Args)]
pub struct Demo {
    #[command(flatten)]
    storage: StorageSettings,

    /// How many customers
    #[arg(long, value_name = "N", default_value_t = 240)]
    customers: u64,

    /// How many devices
    #[arg(long, value_name = "N", default_value_t = 600)]
    devices: u64,

    /// How many assets
    #[arg(long, value_name = "N", default_value_t = 80)]
    assets: u64,

    /// The same seed makes the same tenant
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

const EMAIL: &str = "ada@northwind.example";
pub(crate) const DAY: Duration = Duration::from_secs(24 * 3600);
const ACTIVATION: Duration = Duration::from_secs(72 * 3600);
/// Customers written by one transaction.
const SLICE: u64 = 5_000;
/// Up to this number of customers the audit log tells how each was added.
const TOLD: u64 = 1_000;

impl Demo {
    /// Fills the database, which must not have a tenant yet.
    pub fn run(&self) -> Result<(), Failure> {
        let storage = self.storage.check().map_err(Failure::Usage)?;
        let url = storage.database.clone();
        if storage.migrate()?.created {
            output::note(format_args!("Created a new database: {url}"));
        }
        let db = Db::new(url.clone(), storage.secrets);
        let fail = |why: Error| Failure::Failed(format!("the tenant could not be filled: {why}"));
        if db.read_blocking(rows::any).map_err(fail)? {
            return Err(Failure::Failed(format!("{url} has a tenant already; demo fills an empty database only")));
        }
        let password = password().map_err(fail)?;
        let hash = actix_web::rt::System::new()
            .block_on(async {
                let hasher = Hasher::new(PASSWORD_COST)?;
                hasher.acquire(HashQueue::operator()).await?.hash(password.clone()).await
            })
            .map_err(fail)?;
        let mut filler = Filler::new(&db, self.seed, self.customers, hash);
        let (tenant, ada) = filler.fill(self.customers).map_err(fail)?;
        let (seed, devices, assets) = (self.seed, self.devices, self.assets);
        let wanted = inventory::Wanted { tenant, actor: &ada, seed, devices, assets };
        inventory::fill(&db, filler.now, &wanted).map_err(fail)?;
        dashboards::fill(&db, filler.now, tenant, office(&ada)).map_err(fail)?;
        output::line(format_args!("Email: {EMAIL}\nPassword: {password}"))?;
        Ok(())
    }
}

pub(crate) fn operator() -> Arc<Origin> {
    Arc::new(Origin::inside(Who::Operator))
}

/// An administrator at the desk.
fn office(user: &User) -> Arc<Origin> {
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".into();
    Arc::new(Origin { who: Who::from(user), address: "192.0.2.17".into(), agent })
}

/// Tells the audit log of the customers: of each as if it had been added by hand, or only of how many there are.
fn tell(t: &mut TenantConn, ada: &User, customers: u64) -> Result<(), Error> {
    if customers > TOLD {
        return audit::record(t, Entry::number(Action::Add, audit::Kind::Customer, customers));
    }
    (t.origin, t.actor) = (office(ada), Some(ada.id));
    for id in customers::ids(t)? {
        let customer = customers::find(t, id)?;
        t.now = customer.created_at;
        audit::record(t, Entry::added(&customer))?;
    }
    if customers == 0 { t.skip_audit() } else { Ok(()) }
}

/// Four groups of five letters and digits: 100 bits of chance.
fn password() -> Result<String, Error> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz023456789";
    let bytes: [u8; 20] = secrets::random()?;
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(letters.chunks(5).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-"))
}

/// Writes the tenant, oldest first, so that newest first reads well.
struct Filler<'a> {
    db: &'a Db,
    rng: Rng,
    now: Timestamp,
    start: Timestamp,
    step: Duration,
    hash: String,
    made: u64,
}

/// A customer that may get inner customers.
#[derive(Clone)]
struct Parent {
    id: CustomerId,
    level: u8,
}

impl<'a> Filler<'a> {
    fn new(db: &'a Db, seed: u64, customers: u64, hash: String) -> Self {
        let now = Clock::system().now();
        let start = now - 700 * DAY;
        let step = 699 * DAY / u32::try_from(customers.max(1)).unwrap_or(u32::MAX);
        Self { db, rng: Rng::with_seed(seed), now, start, step, hash, made: 0 }
    }

    fn fill(&mut self, customers: u64) -> Result<(TenantId, User), Error> {
        let (hash, start) = (self.hash.clone(), self.start);
        let ada = UserDraft {
            email: EMAIL.into(),
            first_name: "Ada".into(),
            last_name: "Byron".into(),
            phone: "+31 24 555 01 00".into(),
            ..UserDraft::default()
        };
        let (tenant, ada) = self.db.write_blocking::<_, Error>(|writing| {
            let tenant = rows::create(writing, self.db.secrets(), "Northwind Grid", start)?;
            let t = &mut TenantConn::within(writing, tenant, operator(), start);
            let ada = setup::begin_tenant(t, &ada, &hash)?;
            let grace = UserDraft {
                email: "grace@northwind.example".into(),
                first_name: "Grace".into(),
                last_name: "Okafor".into(),
                ..UserDraft::default()
            };
            let grace = audit::together(t, |t| added(users::insert(t, Role::Administrator, &grace)))?;
            users::activate(t, grace.id, &hash)?;
            Ok((tenant, ada))
        })?;
        let mut parents: Vec<Parent> = Vec::new();
        self.db.write_unaudited_blocking(|conn| db::prepare_load(conn, true))?;
        while self.made < customers {
            let until = (self.made + SLICE).min(customers);
            let (mut added, mut people) = (Vec::new(), Vec::new());
            while self.made < until {
                let (customer, theirs) = self.customer(&mut parents);
                added.push(customer);
                people.extend(theirs);
            }
            self.db.write_unaudited_blocking::<_, Error>(|conn| {
                let mut t = TenantConn::found(conn, tenant, self.now);
                t.actor = Some(ada.id);
                bulk_load::insert(&mut t, &added)?;
                users::bulk_load::insert(&mut t, &people)
            })?;
            if customers > SLICE {
                output::note(format_args!("{} of {customers} customers", self.made));
            }
        }
        self.db.write_blocking::<_, Error>(|writing| {
            let t = &mut TenantConn::within(writing, tenant, operator(), self.now);
            bulk_load::finish(t)?;
            users::bulk_load::finish(t)?;
            tell(t, &ada, customers)
        })?;
        self.db.write_unaudited_blocking(|conn| db::prepare_load(conn, false))?;
        Ok((tenant, ada))
    }

    /// The next customer and its users.
    fn customer(&mut self, parents: &mut Vec<Parent>) -> ((CustomerId, CustomerDraft, Timestamp), Vec<BulkUser>) {
        let at = self.start + self.step * u32::try_from(self.made).unwrap_or(u32::MAX);
        let parent =
            (self.rng.u8(..100) < 35 && !parents.is_empty()).then(|| self.rng.choice(&*parents).cloned()).flatten();
        let draft = self.draft(parent.as_ref());
        let id = Id::new(at);
        self.made += 1;
        let level = parent.map_or(0, |parent| parent.level + 1);
        if level < 4 {
            // A thousand to choose from keeps branches believable however many customers there are.
            let one = Parent { id, level };
            if parents.len() < 1_000 {
                parents.push(one)
            } else {
                let at = self.rng.usize(..1_000);
                parents[at] = one
            }
        }
        let people = match self.rng.u8(..10) {
            0..3 => 0,
            3..6 => 1,
            6..9 => self.rng.usize(2..5),
            _ => self.rng.usize(5..14),
        };
        let start = self.rng.usize(..GIVEN.len());
        let people = (0..people).map(|n| self.user(&draft, id, at, GIVEN[(start + n) % GIVEN.len()])).collect();
        ((id, draft, at), people)
    }

    fn draft(&mut self, parent: Option<&Parent>) -> CustomerDraft {
        // Steps without a common divisor: no first word meets the same kind or place again before `ROUND` is over.
        let n = usize::try_from(self.made).unwrap_or_default();
        let (first, place) = (FIRST[n * 7 % FIRST.len()], PLACES[n * 5 % PLACES.len()]);
        let kind = KINDS[(n / FIRST.len() + n) % KINDS.len()];
        let mut title = match parent {
            Some(_) => format!("{first} {} {}", pick(&mut self.rng, DIVISIONS), place.0),
            None => format!("{first} {kind}"),
        };
        if n >= ROUND {
            title = format!("{title} {}", n / ROUND + 1);
        }
        let domain = domain(&title);
        let with_contact = self.rng.u8(..10) < 9;
        CustomerDraft {
            description: if self.rng.u8(..3) == 0 {
                format!("{kind} in and around {}", place.0)
            } else {
                String::new()
            },
            parent: parent.map(|parent| parent.id),
            contact: ContactDetails {
                country: place.2.into(),
                state: place.1.into(),
                city: place.0.into(),
                zip: format!("{:05}", self.rng.u32(10_000..99_999)),
                address: format!("{} {}", pick(&mut self.rng, STREETS), self.rng.u16(1..240)),
                address2: if self.rng.u8(..6) == 0 { format!("Floor {}", self.rng.u8(1..12)) } else { String::new() },
                phone: format!("+{} {} {:04}", self.rng.u8(30..60), self.rng.u16(100..999), self.rng.u16(0..9_999)),
                email: if with_contact { format!("office@{domain}.example") } else { String::new() },
            },
            title,
            ..CustomerDraft::default()
        }
    }

    fn user(&mut self, of: &CustomerDraft, customer: CustomerId, added_at: Timestamp, first: &str) -> BulkUser {
        let last = *pick(&mut self.rng, FAMILY);
        let draft = UserDraft {
            email: format!("{}.{}@{}.example", first.to_lowercase(), last.to_lowercase(), domain(&of.title)),
            first_name: first.into(),
            last_name: last.into(),
            ..UserDraft::default()
        };
        let state = self.rng.u8(..10);
        let access = if state < 7 {
            let seconds = self.now.seconds_since(added_at).max(1).unsigned_abs();
            let signed_in_at = added_at + Duration::from_secs(self.rng.u64(..seconds));
            Access::Active { hash: self.hash.clone(), signed_in_at, disabled: state == 0 }
        } else if state == 7 {
            // Invited a while ago, and forgotten.
            Access::Invited(added_at, added_at + ACTIVATION)
        } else {
            let lately = self.now - Duration::from_secs(self.rng.u64(3600..48 * 3600));
            Access::Invited(lately, lately + ACTIVATION)
        };
        BulkUser { draft, role: Role::CustomerUser(customer), added_at, access }
    }
}

/// The title as a label of a domain name.
fn domain(title: &str) -> String {
    let plain = text::folded(title).replace(' ', "-");
    plain.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect()
}

fn added<T, R: std::fmt::Debug>(done: Result<T, Refused<R>>) -> Result<T, Error> {
    done.map_err(|refused| match refused {
        Refused::By(refusal) => Error::internal(format!("{refusal:?}")),
        Refused::Failed(error) => error,
    })
}

pub(crate) fn pick<'a, T>(rng: &mut Rng, from: &'a [T]) -> &'a T {
    &from[rng.usize(..from.len())]
}
