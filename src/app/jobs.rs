//! Every kind of job that the server does. To the runner what `routes` is to the server: the only place that knows all of
//! them.

use crate::model::imports::{ImportContext, ImportJob};
use crate::model::inventory::{BranchReindex, BulkChange};
use crate::model::lifecycle::delete_job::DeleteCustomers;
use crate::model::users::InvitationMailer;
use crate::services::jobs::Registry;

/// All kinds, each with what its slices need.
pub(crate) fn registry(mailer: InvitationMailer) -> Registry {
    Registry::default()
        .with::<DeleteCustomers>(())
        .with::<BranchReindex>(())
        .with::<BulkChange>(())
        .with::<ImportJob>(ImportContext::new(mailer))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::secrets::Secrets;

    #[test]
    fn jobs_that_the_first_version_queued_are_read() {
        let id = "01a229d5-a0e4-76fe-96c8-9ed3d45f1120";
        let registry = registry(InvitationMailer::new(Secrets::new(b"a key"), String::new(), Duration::ZERO));
        let heading = |kind: &str, work: &str| Some(registry.read(kind, work)?.heading());
        for (kind, work, expected) in [
            ("delete_customers", r#"{"kind":"delete_customers","title":"Beta"}"#.to_owned(), "Deleting Beta"),
            (
                "delete_customers",
                r#"{"kind":"delete_customers","title":"","chosen":3,"things":true}"#.to_owned(),
                "Deleting 3 customers",
            ),
            (
                "move_customer",
                format!(r#"{{"kind":"move_customer","root":"{id}","title":"Beta","n":3,"at":["{id}","device",null]}}"#),
                "Moving Beta",
            ),
            (
                "change_things",
                format!(
                    r#"{{"kind":"change_things","of":{{"kind":"device","scope":"tenant","type_key":null,"term":null}},
                    "action":{{"assign":"{id}"}},"n":900,"to":"Beta","until":"{id}","after":null,"so_far":[5,4]}}"#
                ),
                "Assigning 900 devices to Beta",
            ),
            (
                "import",
                format!(
                    r#"{{"kind":"import","import":"{id}","what":"devices","file_name":"rows.csv","commit":false}}"#
                ),
                "Checking devices from rows.csv",
            ),
        ] {
            assert_eq!(heading(kind, &work).as_deref(), Some(expected), "{work}");
        }
        assert_eq!(heading("paint", r#"{"colour":"red"}"#), None);
    }
}
