//! `POST /imports`: a file arrives. It is looked over and kept piece by piece as it comes, so that memory stays flat and
//! what cannot be read is refused at once.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use crate::base::csv::workbook::{self, Sheet, WORKBOOK_BYTES, WorkbookError};
use crate::base::csv::{Content, ROW_BYTES, Scan, Unreadable};
use crate::base::error::Error;
use crate::base::forms::Errors;
use crate::base::id::{Id, ImportId};
use crate::model::imports::{CsvHeader, ImportKind, Reading, file_chunks, store};
use crate::pages::imports::index::{self, Typed};
use crate::tenancy::audit::{self, Entry};
use crate::web::state::AppState;
use crate::web::{Answer, Creation, FileForm, FileStream, PageContext, Submitted, TenantAdmin};

/// Bytes that are kept at hand to find the column names in.
const START: usize = 2 * ROW_BYTES;

/// Why a file was not taken.
enum Refused {
    /// It cannot be read.
    Unreadable(Unreadable),
    /// It is a workbook that cannot be read.
    Workbook(WorkbookError),
    /// It is larger than the server takes.
    TooLarge,
    /// Something else came in between.
    Failed(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// A file that has arrived.
struct Arrived {
    head: CsvHeader,
    size: u64,
    rows: u64,
    hash: Vec<u8>,
}

/// `POST /imports`
pub async fn create(
    admin: TenantAdmin,
    context: PageContext,
    request: HttpRequest,
    form: FileForm,
) -> Result<HttpResponse, Error> {
    let form = form.only(&["what", "form_id"])?;
    let typed = Typed { what: form.field("what").to_owned(), form_id: form.field("form_id").to_owned() };
    let limit = AppState::of(&request).config.import_limit;
    let mut errors = Errors::new();
    let what = ImportKind::parse(&typed.what);
    if what.is_none() {
        errors.add("what", "Choose what the rows of the file are");
    }
    let (Some(what), Some(mut file)) = (what, form.file) else {
        errors.add("file", "Choose a file");
        return index::refused(admin, context, typed, limit, (errors, StatusCode::UNPROCESSABLE_ENTITY)).await;
    };
    let (id, name) = (Id::new(context.now), file_name(&file.name));
    let begun = admin.tenant.write(move |t| {
        // That there is a file is told once it has arrived.
        t.skip_audit()?;
        store::begin(t, id, what, &name)
    });
    begun.await?;
    let (status, words) = match keep(&admin, (id, what), &mut file, limit).await {
        Ok(arrived) => return finish(&admin, &request, (id, what), &typed.form_id, arrived).await,
        Err(Refused::Failed(error)) => {
            abandon(&admin, id).await?;
            return Err(error);
        }
        // As browsers say that none was chosen.
        Err(Refused::Unreadable(Unreadable::Empty)) if file.name.is_empty() => {
            (StatusCode::UNPROCESSABLE_ENTITY, "Choose a file".into())
        }
        Err(Refused::Unreadable(why)) => (StatusCode::UNPROCESSABLE_ENTITY, why.sentence()),
        Err(Refused::Workbook(why)) => (StatusCode::UNPROCESSABLE_ENTITY, why.to_string()),
        Err(Refused::TooLarge) => (
            StatusCode::PAYLOAD_TOO_LARGE,
            format!("The file is larger than {} MB, the most that this server takes; divide it", limit / 1_000_000),
        ),
    };
    abandon(&admin, id).await?;
    file.drain(limit).await;
    index::refused(admin, context, typed, limit, (Errors::one("file", words), status)).await
}

async fn keep(
    admin: &TenantAdmin,
    (id, what): (ImportId, ImportKind),
    file: &mut FileStream,
    limit: u64,
) -> Result<Arrived, Refused> {
    let (mut scan, mut hash, mut size) = (Scan::default(), Sha256::new(), 0);
    let (mut start, mut pieces) = (Vec::new(), Pieces::new(admin, id));
    while let Some(bytes) = file.next().await? {
        size += bytes.len() as u64;
        if size > limit {
            return Err(Refused::TooLarge);
        }
        scan.push(&bytes).map_err(Refused::Unreadable)?;
        hash.update(&bytes);
        start.extend(bytes.iter().take(START - start.len()));
        pieces.push(&bytes).await?;
    }
    let content = scan.finish().map_err(Refused::Unreadable)?;
    pieces.finish().await?;
    let hash = hash.finalize().to_vec();
    match content {
        Content::Text { encoding, rows } => {
            let head = CsvHeader::read(&start, encoding, what, Reading::default()).map_err(Refused::Unreadable)?;
            Ok(Arrived { head, size, rows, hash })
        }
        Content::Zip if size > WORKBOOK_BYTES => Err(Refused::Workbook(WorkbookError::TooLarge)),
        Content::Zip => {
            let sheet = sheet_of(admin, id).await?;
            let head = CsvHeader::of_sheet(&sheet, what).map_err(Refused::Unreadable)?;
            let mut pieces = Pieces::new(admin, id);
            pieces.push(&sheet.csv).await?;
            pieces.finish().await?;
            Ok(Arrived { head, size, rows: sheet.rows.saturating_sub(1), hash })
        }
    }
}

/// More pieces than a workbook has.
const PIECES: i64 = 1_000;

/// One workbook is read at a time: each needs much memory.
static READING_WORKBOOK: Semaphore = Semaphore::const_new(1);

/// The sheet of a workbook that has arrived, which is forgotten itself.
async fn sheet_of(admin: &TenantAdmin, id: ImportId) -> Result<Sheet, Refused> {
    let _turn = READING_WORKBOOK.acquire().await.map_err(Error::internal)?;
    let file = admin.tenant.read(move |t| {
        let (mut file, mut n) = (Vec::new(), 0);
        while let Some(piece) = file_chunks::get(t, id, n)? {
            file.extend(piece);
            n += 1;
        }
        Ok::<_, Error>(file)
    });
    let file = file.await?;
    let sheet = tokio::task::spawn_blocking(move || workbook::read(file))
        .await
        .map_err(Error::internal)?
        .map_err(Refused::Workbook)?;
    let forgotten = admin.tenant.write(move |t| {
        t.skip_audit()?;
        file_chunks::forget(t, id, PIECES)
    });
    forgotten.await?;
    Ok(sheet)
}

/// The pieces in which a file is kept, as they become full.
struct Pieces<'a> {
    admin: &'a TenantAdmin,
    id: ImportId,
    piece: Vec<u8>,
    n: i32,
}

impl<'a> Pieces<'a> {
    fn new(admin: &'a TenantAdmin, id: ImportId) -> Self {
        Self { admin, id, piece: Vec::with_capacity(file_chunks::SIZE), n: 0 }
    }

    async fn push(&mut self, mut bytes: &[u8]) -> Result<(), Error> {
        while self.piece.len() + bytes.len() >= file_chunks::SIZE {
            let (fitting, rest) = bytes.split_at(file_chunks::SIZE - self.piece.len());
            self.piece.extend(fitting);
            bytes = rest;
            self.put().await?;
        }
        self.piece.extend(bytes);
        Ok(())
    }

    /// Every file has a first piece.
    async fn finish(mut self) -> Result<(), Error> {
        if self.piece.is_empty() && self.n > 0 { Ok(()) } else { self.put().await }
    }

    async fn put(&mut self) -> Result<(), Error> {
        let (id, n) = (self.id, self.n);
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(file_chunks::SIZE));
        self.n += 1;
        let kept = self.admin.tenant.write(move |t| {
            t.skip_audit()?;
            file_chunks::put(t, id, n, &piece)
        });
        kept.await
    }
}

async fn finish(
    admin: &TenantAdmin,
    request: &HttpRequest,
    (id, what): (ImportId, ImportKind),
    form_id: &str,
    arrived: Arrived,
) -> Result<HttpResponse, Error> {
    let Arrived { head, size, rows, hash } = arrived;
    let sent = Submitted { form: (what.name(), size, hash), meta: Creation::new(form_id.to_owned()) };
    let kept = admin.idempotent(request, &sent, move |t, _| {
        store::arrived(t, id, &head, size, rows)?;
        let import = store::find(t, id)?;
        audit::record(t, Entry::added(&import))?;
        Ok::<_, Error>(Answer::new(crate::model::imports::path(id), "The file has arrived. Nothing is imported yet."))
    });
    let answer = kept.await?;
    if answer.location != crate::model::imports::path(id) {
        // The same form was sent twice; the other one's file is kept.
        abandon(admin, id).await?;
    }
    answer.send(request)
}

/// Forgets a file that was not taken: at once what there is of a small one, the rest of a large one later.
async fn abandon(admin: &TenantAdmin, id: ImportId) -> Result<(), Error> {
    let gone = admin.tenant.write(move |t| {
        t.skip_audit()?;
        store::discard(t, id)?;
        file_chunks::forget(t, id, 64)
    });
    gone.await.map(|_| ())
}

/// The name of a file as it is shown.
fn file_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let name: String = name.chars().filter(|c| !c.is_control()).take(255).collect();
    if name.is_empty() { "the file".into() } else { name }
}
