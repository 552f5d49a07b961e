//! The names of the tables, and their creation.

use crate::backend::private::Dialect;
use crate::{Backend, BoxError};
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use std::fmt;

/// The location and names of the tables. The defaults are `stripe_events`, `stripe_objects`, `stripe_outbox` and
/// `stripe_migrations` in the schema of the connection.
///
/// ```
/// use stripe_platform_sqlx::Tables;
///
/// let tables = Tables::new().schema("billing")?.prefix("payouts_")?;
/// assert_eq!(tables.outbox(), "\"billing\".\"payouts_outbox\"");
/// assert!(Tables::new().prefix("x; DROP TABLE").is_err());
/// # Ok::<(), stripe_platform_sqlx::TablesError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tables {
    schema: Option<String>,
    prefix: String,
}

/// An invalid table name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablesError(String);

impl fmt::Display for TablesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a valid table name: use 1 to 40 characters of a-z, 0-9 and _, starting with a letter",
            self.0
        )
    }
}

impl std::error::Error for TablesError {}

impl Default for Tables {
    fn default() -> Self {
        Self { schema: None, prefix: "stripe_".to_owned() }
    }
}

fn checked(name: &str) -> Result<String, TablesError> {
    let valid = (1..=40).contains(&name.len())
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    if valid { Ok(name.to_owned()) } else { Err(TablesError(name.to_owned())) }
}

impl Tables {
    /// Creates the default names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the schema of the tables, which [`Tables::migrate`] creates if it is missing. On SQLite, a schema is an
    /// attached database.
    ///
    /// # Errors
    /// Fails unless the name has 1 to 40 characters of `a-z`, `0-9` and `_`, starting with a letter.
    pub fn schema(self, name: impl AsRef<str>) -> Result<Self, TablesError> {
        Ok(Self { schema: Some(checked(name.as_ref())?), ..self })
    }

    /// Sets the prefix of the names. Defaults to `stripe_`.
    ///
    /// # Errors
    /// Fails unless the prefix has 1 to 40 characters of `a-z`, `0-9` and `_`, starting with a letter.
    pub fn prefix(self, prefix: impl AsRef<str>) -> Result<Self, TablesError> {
        Ok(Self { prefix: checked(prefix.as_ref())?, ..self })
    }

    /// The quoted name of the table of events.
    pub fn events(&self) -> String {
        self.name("events")
    }

    /// The quoted name of the table of the newest event of each object.
    pub fn objects(&self) -> String {
        self.name("objects")
    }

    /// The quoted name of the outbox's table.
    pub fn outbox(&self) -> String {
        self.name("outbox")
    }

    fn name(&self, table: &str) -> String {
        match &self.schema {
            Some(schema) => format!("\"{schema}\".\"{}{table}\"", self.prefix),
            None => format!("\"{}{table}\"", self.prefix),
        }
    }

    /// Fills the table names into a statement.
    pub(crate) fn sql<DB: Backend>(&self, template: &str) -> String {
        template
            .replace("{events}", &self.events())
            .replace("{objects}", &self.objects())
            .replace("{outbox}", &self.outbox())
            .replace("{prefix}", &self.prefix)
            .replace("{now}", <DB as Dialect>::NOW)
            .replace("{skip_locked}", <DB as Dialect>::SKIP_LOCKED)
    }

    /// Creates the tables, or upgrades those of an earlier version. Instances that start together wait for each
    /// other. Nothing else in this crate creates or changes a table.
    ///
    /// The applied migrations are recorded in a separate table (`stripe_migrations`), so this does not interfere with
    /// your own migrations.
    ///
    /// # Errors
    /// Fails if the database cannot be reached, or has the tables of a later version.
    pub async fn migrate<DB: Backend>(&self, connection: &mut DB::Connection) -> Result<(), MigrateError> {
        DB::migrate(connection, &self.migrator::<DB>(), None).await
    }

    /// Like [`Tables::migrate`], but only up to this version, for tests of upgrades. The versions are 1 (event log)
    /// and 2 (outbox).
    ///
    /// # Errors
    /// The errors of [`Tables::migrate`].
    pub async fn migrate_to<DB: Backend>(
        &self,
        connection: &mut DB::Connection,
        version: i64,
    ) -> Result<(), MigrateError> {
        DB::migrate(connection, &self.migrator::<DB>(), Some(version)).await
    }

    /// The migrations as SQL, in order, for your own migration tool. Run each once.
    pub fn scripts<DB: Backend>(&self) -> Vec<String> {
        DB::MIGRATIONS.iter().map(|(_, script)| self.sql::<DB>(script)).collect()
    }

    fn migrator<DB: Backend>(&self) -> Migrator {
        let names = DB::MIGRATIONS.iter().map(|(name, _)| *name);
        let migrations = names.zip(self.scripts::<DB>()).zip(1..).map(|((name, script), version)| {
            let script = AssertSqlSafe(script).into_sql_str();
            Migration::new(version, name.into(), MigrationType::Simple, script, false)
        });
        let mut migrator = Migrator::with_migrations(migrations.collect());
        migrator.dangerous_set_table_name(self.name("migrations"));
        if let Some(schema) = &self.schema {
            migrator.create_schema(format!("\"{schema}\""));
        }
        migrator
    }
}

/// The error of a failed statement.
pub(crate) fn boxed(error: sqlx::Error) -> BoxError {
    Box::new(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_name_is_an_error_with_the_allowed_form() {
        let long = "a".repeat(41);
        for name in ["", "1a", "_a", "Ab", "a-b", "a b", "é", long.as_str()] {
            let expected = format!(
                "{name:?} is not a valid table name: use 1 to 40 characters of a-z, 0-9 and _, starting with a letter"
            );
            assert_eq!(Tables::new().prefix(name).unwrap_err().to_string(), expected);
            assert_eq!(Tables::new().schema(name).unwrap_err().to_string(), expected);
        }
        assert!(checked(&"a".repeat(40)).is_ok());
    }
}
