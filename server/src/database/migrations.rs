//! How tables are brought to this version's form.

use sqlx::migrate::{MigrateError, Migration, MigrationType};

use super::error::Failure;

/// Migrations in the order they are applied, each by its name.
pub(super) fn list<const N: usize>(
    migrations: [(&'static str, &'static str); N],
) -> Vec<Migration> {
    (1..)
        .zip(migrations)
        .map(|(version, (name, sql))| {
            Migration::new(
                version,
                name.into(),
                MigrationType::Simple,
                sql.into(),
                false,
            )
        })
        .collect()
}

/// Why they cannot be applied, in words for an operator.
pub(super) fn explain(
    error: MigrateError,
    explain: impl FnOnce(&sqlx::Error) -> Failure,
) -> Failure {
    match error {
        MigrateError::VersionMissing(_) => Failure::TooNew,
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => explain(&error),
        error => Failure::Other(error.to_string()),
    }
}
