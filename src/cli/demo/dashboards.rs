//! The demo's dashboards: one that is the tenant's home, and some that are assigned to customers.

use std::sync::Arc;

use crate::base::clock::Timestamp;
use crate::base::error::Error;
use crate::base::id::{DashboardId, TenantId};
use crate::db::Db;
use crate::model::customers::{self, Customer};
use crate::model::dashboards::{self, Chart, DashboardDraft, Metric, Widget, WidgetKind};
use crate::tenancy::audit::Origin;
use crate::tenancy::{TenantConn, rows};

const WELCOME: &str = "Welcome to Northwind Grid. Here is what we run for you, with everything of your divisions.\n\n\
    Something is missing or wrong? Write to one of the contacts in the navigation.";
const ROUNDS: &str = "Meters are read on the first Monday of the month.\n\nValves are serviced in March and September.";

fn widget(shows: WidgetKind, title: &str, width: u8) -> Widget {
    Widget { shows, title: title.into(), width }
}

fn number(of: Metric, title: &str) -> Widget {
    widget(WidgetKind::Number(of), title, 1)
}

fn added(t: &mut TenantConn, title: &str, description: &str, widgets: Vec<Widget>) -> Result<DashboardId, Error> {
    let draft = DashboardDraft { title: title.into(), description: description.into(), widgets };
    Ok(dashboards::insert(t, &draft)?.id)
}

/// Adds them, and assigns them to those who have most users and most devices.
pub fn fill(db: &Db, now: Timestamp, tenant: TenantId, by: Arc<Origin>) -> Result<(), Error> {
    db.write_blocking::<_, Error>(|writing| {
        let t = &mut TenantConn::within(writing, tenant, by, now);
        t.share_hierarchy()?;
        let overview = added(
            t,
            "Overview",
            "What everybody sees who has no other home",
            vec![
                number(Metric::Devices, ""),
                number(Metric::Assets, ""),
                number(Metric::Customers, ""),
                number(Metric::Users, ""),
                widget(WidgetKind::DevicesByType, "", 2),
                widget(WidgetKind::DevicesOverTime(Chart::Columns), "Devices added by month", 2),
                widget(WidgetKind::NewestDevices, "", 2),
                widget(WidgetKind::InnerCustomers(Metric::Devices), "", 2),
                widget(WidgetKind::Note(WELCOME.into()), "Welcome", 4),
            ],
        )?;
        rows::set_home(t, Some(overview), false)?;
        let growth = added(
            t,
            "Growth",
            "Devices over time and where they are",
            vec![
                widget(WidgetKind::DevicesOverTime(Chart::Line), "Devices in total", 3),
                number(Metric::Devices, ""),
                widget(WidgetKind::InnerCustomers(Metric::Devices), "", 2),
                widget(WidgetKind::DevicesByType, "", 2),
            ],
        )?;
        let people = added(
            t,
            "People and places",
            "",
            vec![
                number(Metric::Users, ""),
                number(Metric::Customers, ""),
                widget(WidgetKind::InnerCustomers(Metric::Users), "", 2),
            ],
        )?;
        let rounds = added(
            t,
            "Maintenance rounds",
            "Dates, and what was installed lately",
            vec![widget(WidgetKind::Note(ROUNDS.into()), "Dates", 2), widget(WidgetKind::NewestDevices, "", 2)],
        )?;
        added(t, "Draft for the harbour", "Not assigned yet", vec![number(Metric::Assets, "Gates")])?;
        let ids = |found: Vec<Customer>| found.into_iter().map(|customer| customer.id).collect::<Vec<_>>();
        let by_users = ids(customers::largest(t, None, true, 12)?);
        let by_devices = ids(customers::largest(t, None, false, 6)?);
        dashboards::assign(t, &[growth, rounds], &by_devices)?;
        dashboards::assign(t, &[overview, people], &by_users)?;
        Ok(())
    })
}
