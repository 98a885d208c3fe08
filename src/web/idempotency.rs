//! A form sent twice has one effect. A creating form carries an id of its own; the answer to its first post is kept,
//! sealed, and given again to every other that says the same, but for a link: that is shown once and kept nowhere. Whoever goes back in the browser and changes what was
//! typed has the old id in the form, but means something new.

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::base::error::Error;
use crate::base::id::{Id, TenantId, UserId};
use crate::base::secrets::Secrets;
use crate::db::Conn;
use crate::db::schema::form_posts;
use crate::on_both;
use crate::tenancy::TenantConn;
use crate::web::state::AppState;
use crate::web::{Creation, Flash, Submitted, TenantAdmin, see_other};

/// Where the browser goes after a change, and what it reads there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Answer {
    /// A path of ours.
    pub location: String,
    /// The sentence.
    pub flash: Flash,
}

impl Answer {
    /// Goes to `location` and reads `text`.
    pub fn new(location: impl Into<String>, text: impl Into<String>) -> Self {
        Self { location: location.into(), flash: Flash::new(text) }
    }

    /// Goes to `location` and reads there why something was not done.
    pub fn refusal(location: impl Into<String>, text: impl Into<String>) -> Self {
        Self { location: location.into(), flash: Flash::refusal(text) }
    }

    /// Tells of something that was not done when `refused`.
    pub fn refused_if(mut self, refused: bool) -> Self {
        self.flash.refused = refused;
        self
    }

    /// What a form that is sent again is answered: it says where to make another link instead of showing the first.
    fn without_link(mut self) -> Self {
        if self.flash.link.take().is_some() {
            self.flash.text += " The form was sent twice, and its link was shown only once. If you do not have it, make a \
                                new one here.";
        }
        self
    }

    /// Sends it.
    ///
    /// # Errors
    /// When the sentence cannot be sealed.
    pub fn send(self, request: &HttpRequest) -> Result<HttpResponse, Error> {
        self.flash.put(request)?;
        Ok(see_other(&self.location))
    }
}

impl TenantAdmin {
    /// Runs `work` in a transaction, unless the same form, with the same in it, was answered before: then that answer
    /// again. The answer is kept by the same transaction under the form's id, so that of two at once the second is undone;
    /// only what fails is looked up.
    ///
    /// # Errors
    /// What `work` says, after everything was undone.
    pub async fn idempotent<T, E>(
        &self,
        request: &HttpRequest,
        sent: &Submitted<T, Creation>,
        work: impl FnOnce(&mut TenantConn, &Submitted<T, Creation>) -> Result<Answer, E> + Send + 'static,
    ) -> Result<Answer, E>
    where
        T: Serialize + Clone + Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (form_id, sent) = (&sent.meta.form_id, sent.clone());
        // A form that was not made by a page of ours cannot be told from a second one.
        let post = match form_id.parse::<Id<Answer>>() {
            Ok(_) => Some(Post::of(self, request, &(request.path(), form_id, &sent.form))?),
            Err(_) => None,
        };
        let Some(post) = post else { return self.tenant.write(move |t| work(t, &sent)).await };
        let post = Arc::new(post);
        let keeping = post.clone();
        let answered = self.tenant.write(move |t| {
            let answer = work(t, &sent)?;
            keeping.keep(t, &answer)?;
            Ok(answer)
        });
        match answered.await {
            Ok(answer) => Ok(answer),
            Err(why) => match self.tenant.read(move |t| post.answered(t)).await {
                Ok(Some(answer)) => Ok(answer),
                Ok(None) | Err(_) => Err(why),
            },
        }
    }
}

/// What somebody said with a form, known by its id alone.
struct Post {
    user: UserId,
    id: Id<Answer>,
    secrets: Secrets,
}

impl Post {
    fn of(admin: &TenantAdmin, request: &HttpRequest, form: &impl Serialize) -> Result<Self, Error> {
        let secrets = AppState::of(request).secrets.clone();
        let mut id = [0; 16];
        id.copy_from_slice(&secrets.mac("form", &serde_json::to_vec(form).map_err(Error::internal)?)[..16]);
        Ok(Self { user: admin.viewer.user, id: Id::from_bytes(id), secrets })
    }

    /// What it was answered, when it was.
    fn answered(&self, t: &mut TenantConn) -> Result<Option<Answer>, Error> {
        let known = form_posts::table
            .filter(form_posts::tenant_id.eq(t.id).and(form_posts::user_id.eq(self.user)))
            .filter(form_posts::form_id.eq(self.id))
            .select(form_posts::answer)
            .first::<Vec<u8>>(t.conn)
            .optional()?;
        let Some(sealed) = known else { return Ok(None) };
        let json = self.secrets.open("answer", &sealed).ok_or_else(|| Error::internal("an answer cannot be opened"))?;
        serde_json::from_slice(&json).map(Some).map_err(Error::internal)
    }

    /// Keeps its answer. Whoever says the same at the same time waits here until that is committed.
    ///
    /// # Errors
    /// `Unavailable` when it was answered meanwhile.
    fn keep(&self, t: &mut TenantConn, answer: &Answer) -> Result<(), Error> {
        let json = serde_json::to_vec(&answer.clone().without_link()).map_err(Error::internal)?;
        let row = (
            form_posts::tenant_id.eq(t.id),
            form_posts::user_id.eq(self.user),
            form_posts::form_id.eq(self.id),
            form_posts::answer.eq(self.secrets.seal("answer", &json)?),
            form_posts::created_at.eq(t.now),
        );
        let kept = on_both!(t.conn, c => diesel::insert_into(form_posts::table)
            .values(row)
            .on_conflict_do_nothing()
            .execute(c))?;
        if kept == 0 {
            return Err(Error::unavailable("the same form was answered at the same time"));
        }
        Ok(())
    }
}

/// Takes the links out of answers that earlier versions kept.
///
/// # Errors
/// Those of the database, or when an answer cannot be sealed.
pub fn take_out_links(conn: &mut Conn, secrets: &Secrets) -> Result<(), Error> {
    type Row = (TenantId, UserId, Id<Answer>, Vec<u8>);
    let kept: Vec<Row> = form_posts::table
        .select((form_posts::tenant_id, form_posts::user_id, form_posts::form_id, form_posts::answer))
        .load(conn)?;
    for (tenant, user, form, sealed) in kept {
        let json = secrets.open("answer", &sealed);
        let Some(answer) = json.and_then(|json| serde_json::from_slice::<Answer>(&json).ok()) else { continue };
        if answer.flash.link.is_none() {
            continue;
        }
        let json = serde_json::to_vec(&answer.without_link()).map_err(Error::internal)?;
        let row = form_posts::tenant_id.eq(tenant).and(form_posts::user_id.eq(user)).and(form_posts::form_id.eq(form));
        diesel::update(form_posts::table.filter(row))
            .set(form_posts::answer.eq(secrets.seal("answer", &json)?))
            .execute(conn)?;
    }
    Ok(())
}
