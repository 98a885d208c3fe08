//! Which constraint a refused statement broke.

use diesel::result::{DatabaseErrorKind, Error};

/// Whether `error` is a violation of the constraint called `name`, whose columns are `columns` (`table.column`,
/// joined by `, `). SQLite tells the columns, PostgreSQL the name; of a distributed table a shard's number may follow it, and
/// it may stand in the message alone.
pub fn violates(error: &Error, name: &str, columns: &str) -> bool {
    match error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, details) => match details.constraint_name() {
            Some(constraint) => is_it(constraint, name),
            None => {
                let message = details.message();
                let quoted = message.split_once("unique constraint \"").and_then(|(_, rest)| rest.split_once('"'));
                message == format!("UNIQUE constraint failed: {columns}")
                    || quoted.is_some_and(|(constraint, _)| is_it(constraint, name))
            }
        },
        _ => false,
    }
}

fn is_it(constraint: &str, name: &str) -> bool {
    let number = constraint.strip_prefix(name).map(|rest| rest.strip_prefix('_').unwrap_or(rest));
    number.is_some_and(|number| number.chars().all(|c| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(message: &str) -> Error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(message.to_owned()))
    }

    #[test]
    fn the_name_of_a_constraint_is_found_wherever_it_stands() {
        let violates =
            |message| violates(&refused(message), "customers_title", "customers.tenant_id, customers.title_key");
        assert!(violates("UNIQUE constraint failed: customers.tenant_id, customers.title_key"));
        assert!(violates("duplicate key value violates unique constraint \"customers_title\""));
        assert!(violates("duplicate key value violates unique constraint \"customers_title_102008\""));
        assert!(!violates("UNIQUE constraint failed: customers.tenant_id, customers.id"));
        assert!(!violates("duplicate key value violates unique constraint \"customers_title_key\""));
        assert!(!violates("duplicate key value violates unique constraint \"customers\""));
    }
}
