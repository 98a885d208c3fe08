//! Queries over dashboards. Every one starts at `mine`.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::base::error::{Error, Refused};
use crate::base::id::{DashboardId, Id, TenantId};
use crate::base::text::{self, Count};
use crate::db::schema::dashboards;
use crate::db::{MultiBackend, in_ids};
use crate::model::dashboards::{Dashboard, Widget, home};
use crate::tenancy::TenantConn;
use crate::tenancy::audit::{self, Entry, Reference};

/// What is meant by a form or file: cannot be wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DashboardDraft {
    /// 1–255 characters.
    pub title: String,
    /// At most 2,000 characters.
    pub description: String,
    /// In their order.
    pub widgets: Vec<Widget>,
}

/// Somebody else saved in between.
#[derive(Debug)]
pub struct Stale;

pub(crate) type MineBoxed<'a> = diesel::helper_types::IntoBoxed<'a, Mine, MultiBackend>;

/// The tenant's dashboards.
#[diesel::dsl::auto_type(type_name = "Mine")]
pub(crate) fn mine(t: &TenantConn) -> _ {
    let tenant: TenantId = t.id;
    dashboards::table.filter(dashboards::tenant_id.eq(tenant))
}

/// The dashboard with this id.
///
/// # Errors
/// `NotFound` when the tenant has none.
pub fn find(t: &mut TenantConn, id: DashboardId) -> Result<Dashboard, Error> {
    Ok(mine(t).filter(dashboards::id.eq(id)).select(Dashboard::as_select()).first(t.conn)?)
}

impl Reference for DashboardId {
    fn id(&self) -> Id<()> {
        self.cast()
    }

    fn title(&self, t: &mut TenantConn) -> Result<String, Error> {
        match find(t, *self) {
            Ok(dashboard) => Ok(dashboard.title),
            Err(Error::NotFound) => Ok("a deleted dashboard".into()),
            Err(error) => Err(error),
        }
    }
}

/// The dashboards among `ids` that the tenant has, newest first.
pub fn find_all(t: &mut TenantConn, ids: &[DashboardId]) -> Result<Vec<Dashboard>, Error> {
    let those = mine(t).filter(in_ids(t.conn, "dashboards.id", ids));
    Ok(those.select(Dashboard::as_select()).order(dashboards::id.desc()).load(t.conn)?)
}

/// The dashboards with these folded titles, by them.
pub fn by_titles(t: &mut TenantConn, keys: &[String]) -> Result<HashMap<String, Vec<DashboardId>>, Error> {
    let mut found: HashMap<String, Vec<DashboardId>> = HashMap::new();
    for some in keys.chunks(500) {
        let some = mine(t).filter(dashboards::title_key.eq_any(some)).select((dashboards::title_key, dashboards::id));
        for (key, id) in some.load::<(String, DashboardId)>(t.conn)? {
            found.entry(key).or_default().push(id);
        }
    }
    Ok(found)
}

/// The titles of the dashboards among `ids` that the tenant has.
pub fn titles_of(t: &mut TenantConn, ids: &[DashboardId]) -> Result<HashMap<DashboardId, String>, Error> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let those = mine(t).filter(in_ids(t.conn, "dashboards.id", ids));
    let titles = those.select((dashboards::id, dashboards::title));
    Ok(titles.load::<(DashboardId, String)>(t.conn)?.into_iter().collect())
}

/// What a draft makes of a row, with the folded copies that sorting and searching use.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = dashboards)]
struct DashboardChanges<'d> {
    title: &'d str,
    title_key: String,
    description: &'d str,
    search_key: String,
    widgets: String,
}

impl<'d> DashboardChanges<'d> {
    fn new(draft: &'d DashboardDraft) -> Result<Self, Error> {
        Ok(Self {
            title: &draft.title,
            title_key: text::key(&draft.title),
            description: &draft.description,
            search_key: text::search_key(&draft.title, [draft.description.as_str()]),
            widgets: serde_json::to_string(&draft.widgets).map_err(Error::internal)?,
        })
    }
}

/// Adds a dashboard.
pub fn insert(t: &mut TenantConn, draft: &DashboardDraft) -> Result<Dashboard, Error> {
    let id = Id::new(t.now);
    diesel::insert_into(dashboards::table)
        .values((
            dashboards::tenant_id.eq(t.id),
            dashboards::id.eq(id),
            DashboardChanges::new(draft)?,
            dashboards::created_at.eq(t.now),
            dashboards::created_by.eq(t.actor),
            dashboards::updated_at.eq(t.now),
            dashboards::updated_by.eq(t.actor),
        ))
        .execute(t.conn)?;
    let dashboard = find(t, id)?;
    audit::record(t, Entry::added(&dashboard))?;
    Ok(dashboard)
}

/// Saves a dashboard that was edited as of `version`; when it is so already, nothing is written.
///
/// # Errors
/// `Stale`; `NotFound` when it was deleted.
pub fn update(
    t: &mut TenantConn,
    id: DashboardId,
    version: i64,
    draft: &DashboardDraft,
) -> Result<Dashboard, Refused<Stale>> {
    let before = find(t, id)?;
    if before.version == version && is_unchanged(&before, draft)? {
        t.no_changes()?;
        return Ok(before);
    }
    let as_edited = mine(t).filter(dashboards::id.eq(id)).filter(dashboards::version.eq(version));
    let changed = diesel::update(as_edited)
        .set((
            DashboardChanges::new(draft)?,
            dashboards::version.eq(dashboards::version + 1),
            dashboards::updated_at.eq(t.now),
            dashboards::updated_by.eq(t.actor),
        ))
        .execute(t.conn)?;
    let now = find(t, id)?;
    if changed == 0 {
        return Err(Refused::By(Stale));
    }
    audit::record(t, Entry::changed(&before, &now))?;
    Ok(now)
}

/// Whether a dashboard is as a draft would have it.
fn is_unchanged(dashboard: &Dashboard, draft: &DashboardDraft) -> Result<bool, Error> {
    Ok((&dashboard.title, &dashboard.description) == (&draft.title, &draft.description)
        && dashboard.widgets()? == draft.widgets)
}

/// Deletes dashboards. They are no longer assigned to anybody, and nobody's home.
pub fn delete(t: &mut TenantConn, gone: &[Dashboard]) -> Result<(), Error> {
    for some in gone.chunks(500) {
        let ids: Vec<DashboardId> = some.iter().map(|dashboard| dashboard.id).collect();
        for id in &ids {
            home::forget(t, *id)?;
        }
        diesel::delete(mine(t).filter(dashboards::id.eq_any(&ids))).execute(t.conn)?;
        for dashboard in some {
            let assigned = Count::from(dashboard.customers_count).to_string();
            audit::record(t, Entry::deleted(dashboard).detail("Customers it was assigned to", &assigned))?;
        }
    }
    Ok(())
}
