//! `tenantry import`: the same steps as the work in the background, done here and now from a file of this machine.

use std::fs::File;
use std::io::{self, Cursor, IsTerminal, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::base::clock::Clock;
use crate::base::csv::workbook::{self, WORKBOOK_BYTES};
use crate::base::csv::{Content, Position, ROW_BYTES, Scan};
use crate::base::error::Error;
use crate::base::id::TenantId;
use crate::base::text::Count;
use crate::cli::{Failure, failed, output, tenant_called};
use crate::config::{ActivationSettings, StorageSettings};
use crate::db::Db;
use crate::model::imports::row::quoted;
use crate::model::imports::{Batch, Counts, CsvHeader, ImportKind, ImportRun, Index, MOST_ROWS, Plan, Reading};
use crate::model::users::InvitationMailer;
use crate::tenancy::audit::{Origin, Who};
use crate::tenancy::{TenantConn, installation};

#[derive(clap::Args)]
pub struct Import {
    /// What the rows of the file are
    #[arg(value_enum)]
    what: ImportKind,

    /// A CSV file or an .xlsx workbook with a row of column names
    file: PathBuf,

    /// Title of the tenant
    #[arg(long, value_name = "TITLE")]
    tenant: String,

    /// Change nothing; only say what would become of the rows
    #[arg(long)]
    dry_run: bool,

    /// Send new users activation mails; a running server delivers them
    #[arg(long)]
    invite: bool,

    /// Base of the links in mails [default: as the server has it]
    #[arg(long, env = "TENANTRY_PUBLIC_URL", value_name = "URL")]
    public_url: Option<String>,

    #[command(flatten)]
    activation: ActivationSettings,

    #[command(flatten)]
    storage: StorageSettings,
}

/// Rows that one transaction deals with: others write in between.
const ROWS: u64 = 5_000;

impl Import {
    /// Imports the file and prints what became of its rows; the refused ones on standard error.
    pub fn run(&self) -> Result<(), Failure> {
        let lifetime = self.activation.lifetime().map_err(Failure::Usage)?;
        let public_url = self.public_url.as_deref().filter(|url| !url.is_empty());
        let public_url = public_url.map(crate::config::public_url).transpose().map_err(Failure::Usage)?;
        let storage = self.storage.existing()?;
        let unreadable = |why: String| Failure::Failed(format!("{}: {why}", self.file.display()));
        let file = File::open(&self.file).map_err(|why| unreadable(why.to_string()))?;
        let Opened { head, rows, input } = opened(file, self.what).map_err(unreadable)?;
        let columns = self.what.places(&self.what.matched(&head.names));
        if columns.first().copied().flatten().is_none() {
            let key = self.what.key().label;
            return Err(unreadable(format!("none of its columns is called {key:?}")));
        }
        let unknown = head.names.iter().zip(self.what.matched(&head.names)).filter(|(_, field)| field.is_none());
        let unknown: Vec<String> = unknown.map(|(name, _)| quoted(name)).collect();
        if !unknown.is_empty() {
            output::note(format_args!("Not imported: {}", unknown.join(", ")));
        }
        storage.migrate()?;
        let db = Db::new(storage.database.clone(), storage.secrets.clone());
        let public_url = match public_url {
            Some(url) => Some(url),
            None => db.read_blocking(installation::public_url).map_err(failed)?,
        };
        if self.invite && public_url.is_none() {
            return Err(Failure::Usage(
                "--invite needs TENANTRY_PUBLIC_URL, the base of the links in mails: no server was started yet that tells it"
                    .into(),
            ));
        }
        let tenant = tenant_called(&db, &self.tenant)?;
        let mailer = InvitationMailer::new(storage.secrets, public_url.unwrap_or_default(), lifetime);
        let plan = Plan { what: self.what, head, columns, invite: self.invite, commit: !self.dry_run };
        let counts = Foreground { db, tenant, mailer, plan, input }.run(rows)?;
        output::line(counts.summary())?;
        if counts.refused > 0 {
            let rows = Count(counts.refused).of("row was", "rows were");
            return Err(Failure::Failed(format!("{rows} refused; correct them and import the file again")));
        }
        Ok(())
    }
}

/// What is imported: a file, or what was made of a workbook.
trait Input: Read + Seek {}
impl<T: Read + Seek> Input for T {}

/// A file that can be imported.
struct Opened {
    head: CsvHeader,
    /// About how many rows it has.
    rows: u64,
    input: Box<dyn Input>,
}

/// Reads a whole file once.
///
/// # Errors
/// Why it cannot be imported.
fn opened(mut file: File, what: ImportKind) -> Result<Opened, String> {
    let (mut scan, mut start, mut piece) = (Scan::default(), Vec::new(), vec![0; 256 * 1024]);
    loop {
        let n = file.read(&mut piece).map_err(|why| why.to_string())?;
        if n == 0 {
            break;
        }
        start.extend(piece[..n].iter().take(2 * ROW_BYTES - start.len()));
        scan.push(&piece[..n]).map_err(|why| why.sentence())?;
    }
    match scan.finish().map_err(|why| why.sentence())? {
        Content::Text { encoding, rows } => {
            let head = CsvHeader::read(&start, encoding, what, Reading::default()).map_err(|why| why.sentence())?;
            Ok(Opened { head, rows, input: Box::new(file) })
        }
        Content::Zip => {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0)).map_err(|why| why.to_string())?;
            file.take(WORKBOOK_BYTES + 1).read_to_end(&mut bytes).map_err(|why| why.to_string())?;
            let sheet = workbook::read(bytes).map_err(|why| why.to_string())?;
            let head = CsvHeader::of_sheet(&sheet, what).map_err(|why| why.sentence())?;
            Ok(Opened { head, rows: sheet.rows.saturating_sub(1), input: Box::new(Cursor::new(sheet.csv)) })
        }
    }
}

struct Foreground {
    db: Db,
    tenant: TenantId,
    mailer: InvitationMailer,
    plan: Plan,
    input: Box<dyn Input>,
}

impl Foreground {
    fn run(mut self, about: u64) -> Result<Counts, Failure> {
        let unreadable = |why: io::Error| Failure::Failed(format!("the file cannot be read: {why}"));
        let first = self.plan.head.rows;
        self.input.seek(SeekFrom::Start(first.offset)).map_err(unreadable)?;
        let index = Index::read(&self.plan, &mut self.input, about, || Ok(true)).map_err(unreadable)?;
        let Some(mut index) = index.filter(|index| index.rows <= MOST_ROWS) else {
            return Err(Failure::Failed(format!("the file has more than {} rows; divide it", Count(MOST_ROWS))));
        };
        let mut progress = Progress::new(index.rows);
        let mut counts = Counts::default();
        for pass in 0..index.passes() {
            let mut at = first;
            loop {
                self.input.seek(SeekFrom::Start(at.offset)).map_err(unreadable)?;
                let batch = Batch::read(&self.plan, &index, pass, at, &mut self.input, ROWS).map_err(unreadable)?;
                let (next, ended) = self.slice(&mut index, &batch, &mut counts, &mut progress)?;
                progress.show(counts.all());
                if ended {
                    break;
                }
                at = next;
            }
        }
        progress.end();
        Ok(counts)
    }

    fn slice(
        &self,
        index: &mut Index,
        batch: &Batch,
        counts: &mut Counts,
        progress: &mut Progress,
    ) -> Result<(Position, bool), Failure> {
        let mut now = *counts;
        let done = self.transaction(|t| {
            now = *counts;
            let (mailer, plan) = (&self.mailer, &self.plan);
            ImportRun { mailer, plan, index, counts: &mut now, most: ROWS }.process(t, batch)
        })?;
        *counts = now;
        for refusal in done.refused {
            progress.say(&refusal.sentence());
        }
        for (line, cell) in done.ruined {
            let cell = quoted(&cell);
            progress.say(&format!("Line {}: {cell} looks as if a spreadsheet had changed what was typed", Count(line)));
        }
        Ok((done.next, done.ended))
    }

    /// A transaction, tried again when somebody else came in between. A dry run only reads.
    fn transaction<T>(&self, mut work: impl FnMut(&mut TenantConn) -> Result<T, Error>) -> Result<T, Failure> {
        const TRIES: u32 = 5;
        let mut tried = 0;
        loop {
            tried += 1;
            let now = Clock::system().now();
            let tenant = self.tenant;
            let done = if self.plan.commit {
                let operator = Arc::new(Origin::inside(Who::Operator));
                self.db.write_blocking(|writing| work(&mut TenantConn::within(writing, tenant, operator, now)))
            } else {
                self.db.read_blocking(|conn| work(&mut TenantConn::found(conn, tenant, now)))
            };
            match done {
                Err(Error::Unavailable(_)) if tried < TRIES => std::thread::sleep(Duration::from_millis(200) * tried),
                done => return done.map_err(failed),
            }
        }
    }
}

/// How far it is, on standard error: a bar that moves on a terminal, a line now and then elsewhere.
struct Progress {
    total: u64,
    terminal: bool,
    shown: Option<Instant>,
}

/// How often it is told.
const BAR: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(5);
/// The width of the bar, in characters.
const WIDTH: u64 = 30;

impl Progress {
    fn new(total: u64) -> Self {
        Self { total, terminal: io::stderr().is_terminal(), shown: None }
    }

    fn show(&mut self, done: u64) {
        let pause = if self.terminal { BAR } else { LINE };
        let now = Instant::now();
        let last = *self.shown.get_or_insert(now);
        if now.duration_since(last) < pause {
            return;
        }
        self.shown = Some(now);
        let words = format!("{} of {} rows", Count(done), Count(self.total));
        if self.terminal {
            let filled = (done * WIDTH / self.total.max(1)).min(WIDTH);
            let bar: String = (0..WIDTH).map(|at| if at < filled { '█' } else { '░' }).collect();
            self.write(&format!("\r\x1b[K{bar} {words}"));
        } else {
            self.write(&format!("{words}\n"));
        }
    }

    /// Says something between two looks at the bar.
    fn say(&mut self, line: &str) {
        let clear = if self.terminal { "\r\x1b[K" } else { "" };
        self.write(&format!("{clear}{line}\n"));
    }

    fn end(&mut self) {
        if self.terminal {
            self.write("\r\x1b[K");
        }
    }

    fn write(&self, text: &str) {
        // Nobody reads standard error: there is nobody to tell.
        let _ = io::stderr().lock().write_all(text.as_bytes());
    }
}
