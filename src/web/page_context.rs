//! `PageContext`: what the layout around every page needs.

use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use askama::filters::HtmlSafe;
use askama::{FastWritable, Template};

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::UserId;
use crate::base::time::{DisplayZone, FormattedTime};
use crate::model::sessions::viewer::Viewer;
use crate::web::state::AppState;
use crate::web::{Flash, ImpersonationBanner, csrf, viewer, zone_of};

/// Who looks, what was just done, and the token for the page's forms.
pub struct PageContext {
    /// Who is signed in.
    pub viewer: Option<Rc<Viewer>>,
    /// Shown while an administrator looks as one of their users.
    pub impersonation: Option<ImpersonationBanner>,
    /// What was just done.
    pub flash: Option<Flash>,
    /// The token for forms.
    pub csrf: String,
    /// Whether mails are written as files because no mail server is set.
    pub mail_to_files: bool,
    /// Now, as the clock says.
    pub now: Timestamp,
    path: String,
    zone: DisplayZone,
}

/// A template of its own, so that not every page's has it compiled into it.
#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'c> {
    context: &'c PageContext,
}

/// What stands in it was escaped by its own template.
impl HtmlSafe for Frame<'_> {}

impl PageContext {
    /// Whether the page belongs to a section of the navigation.
    pub fn within(&self, section: &str) -> bool {
        self.path == section || self.path.strip_prefix(section).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The title of the customer whose user looks; empty for an administrator.
    pub fn customer_title(&self) -> &str {
        let viewer = self.viewer.as_ref();
        viewer.and_then(|viewer| viewer.customer.as_ref()).map_or("", |customer| &customer.title)
    }

    /// Whether it is them who look.
    pub fn is_viewer(&self, user: UserId) -> bool {
        self.viewer.as_ref().is_some_and(|viewer| viewer.user == user)
    }

    /// Whether what was asked for was not done.
    pub fn is_refused(&self) -> bool {
        self.flash.as_ref().is_some_and(|flash| flash.refused)
    }

    /// The navigation and the bar above the page, for whoever is signed in.
    pub fn frame(&self) -> impl FastWritable + HtmlSafe {
        Frame { context: self }
    }

    /// A time as this reader reads it.
    pub fn time(&self, at: Timestamp) -> FormattedTime {
        self.zone.format(at, self.now)
    }

    /// The day that was so many days ago for this reader, such as 2026-11-25.
    pub fn days_before(&self, days: i64) -> String {
        self.zone.days_before(self.now, days)
    }

    /// The token of a form that creates something: whoever sends it twice gets the first answer again.
    pub fn new_form_id(&self) -> String {
        crate::base::id::Id::<()>::new(self.now).to_string()
    }
}

impl FromRequest for PageContext {
    type Error = Error;
    type Future = Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl PageContext {
    /// What the layout of the answer to `request` needs.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn of(request: &HttpRequest) -> Result<Self, Error> {
        // Only a page shows it: a form that is refused comes from a page that did.
        let flash = (request.method().is_safe() && !fetched_ahead(request)).then(|| Flash::take(request)).flatten();
        Ok(Self { flash, path: request.path().to_owned(), ..Self::outside(request)? })
    }

    /// That of a page which is in no section and leaves what was just done to the next: of an error.
    ///
    /// # Errors
    /// When the system has no randomness to give.
    pub fn outside(request: &HttpRequest) -> Result<Self, Error> {
        let app = AppState::of(request);
        csrf::token(request).map(|csrf| Self {
            viewer: viewer(request),
            impersonation: ImpersonationBanner::current(),
            flash: None,
            csrf,
            mail_to_files: app.config.smtp_url.is_none(),
            now: app.clock.now(),
            path: String::new(),
            zone: zone_of(request),
        })
    }
}

/// Whether the browser fetches the page in case somebody wants it: what is shown once must wait.
fn fetched_ahead(request: &HttpRequest) -> bool {
    let purpose = request.headers().get("sec-purpose").and_then(|value| value.to_str().ok());
    purpose.is_some_and(|purpose| purpose.contains("prefetch"))
}
