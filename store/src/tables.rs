//! The names of the tables, and how they are created.

use crate::backend::private::Dialect;
use crate::{Backend, BoxError};
use sqlx::AssertSqlSafe;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use std::fmt;

/// Where the tables are, and what they are called. The default is `stripe_events`, `stripe_objects`, `stripe_outbox` and
/// `stripe_migrations` in the schema that the connection uses.
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

/// A name that is not accepted for a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TablesError(String);

impl fmt::Display for TablesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} is no name for tables: use 1 to 40 of a-z, 0-9 and _, with a letter first", self.0)
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
    /// The default names.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts the tables into a schema, which [`Tables::migrate`] creates if it is missing. On SQLite, a schema is an attached
    /// database.
    ///
    /// # Errors
    /// If it is not 1 to 40 of `a-z`, `0-9` and `_`, with a letter first.
    pub fn schema(self, name: impl AsRef<str>) -> Result<Self, TablesError> {
        Ok(Self { schema: Some(checked(name.as_ref())?), ..self })
    }

    /// Replaces what the names begin with, `stripe_` otherwise.
    ///
    /// # Errors
    /// If it is not 1 to 40 of `a-z`, `0-9` and `_`, with a letter first.
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

    /// A statement with its names filled in.
    pub(crate) fn sql<DB: Backend>(&self, template: &str) -> String {
        template
            .replace("{events}", &self.events())
            .replace("{objects}", &self.objects())
            .replace("{outbox}", &self.outbox())
            .replace("{prefix}", &self.prefix)
            .replace("{now}", <DB as Dialect>::NOW)
            .replace("{skip_locked}", <DB as Dialect>::SKIP_LOCKED)
    }

    /// Creates the tables, or brings those of an earlier version up to date. Instances that start together wait for each
    /// other. Nothing else in this crate creates or changes a table.
    ///
    /// What was done is recorded in a table of its own (`stripe_migrations`), so this does not disturb your own migrations.
    ///
    /// # Errors
    /// If the database cannot be reached, or has the tables of a later version.
    pub async fn migrate<DB: Backend>(&self, connection: &mut DB::Connection) -> Result<(), MigrateError> {
        DB::migrate(connection, &self.migrator::<DB>(), None).await
    }

    /// Like [`Tables::migrate`], but only up to this version, for tests of upgrades. The versions are 1 (event log) and
    /// 2 (outbox).
    ///
    /// # Errors
    /// Like [`Tables::migrate`].
    pub async fn migrate_to<DB: Backend>(
        &self,
        connection: &mut DB::Connection,
        version: i64,
    ) -> Result<(), MigrateError> {
        DB::migrate(connection, &self.migrator::<DB>(), Some(version)).await
    }

    /// The migrations as SQL, in order, for a migration tool of your own. Run each once.
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

/// What a statement of this crate fails with.
pub(crate) fn boxed(error: sqlx::Error) -> BoxError {
    Box::new(error)
}
