//! Tables created from scratch, and upgraded from an earlier version.

use crate::support::{Postgres, Sqlite};
use stripe_platform::testing::outbox_contract;
use stripe_platform::webhook::{Claim, EventLog};
use stripe_platform_sqlx::{SqliteEventLog, SqliteOutbox, Tables};

macro_rules! migrations {
    ($($name:ident: $backend:ident on $store:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            let Some(store) = $store else { return };
            // Nothing is created without an explicit call.
            let missing = store.log().claim("evt_1").await.unwrap_err();
            assert!(missing.to_string().contains("stripe_events"), "{missing}");

            // The previous version has a log with a handled event.
            let mut connection = store.pool.acquire().await.unwrap();
            store.tables.migrate_to::<sqlx::$backend>(&mut connection, 1).await.unwrap();
            let Claim::New(lease) = store.log().claim("evt_1").await.unwrap() else { panic!("it is new") };
            store.log().done("evt_1", lease).await.unwrap();

            // Several instances start at once, and again later.
            for _ in 0..2 {
                let instances = (0..4).map(|_| {
                    let (pool, tables) = (store.pool.clone(), store.tables.clone());
                    tokio::spawn(async move {
                        tables.migrate::<sqlx::$backend>(&mut *pool.acquire().await.unwrap()).await.unwrap();
                    })
                });
                for instance in instances.collect::<Vec<_>>() {
                    instance.await.unwrap();
                }
            }
            assert_eq!(store.log().claim("evt_1").await.unwrap(), Claim::Done);
            outbox_contract(&store.outbox()).await;
        }
    )*};
}

migrations! {
    postgres_upgrades_from_the_previous_version: Postgres on Postgres::empty().await;
    sqlite_upgrades_from_the_previous_version: Sqlite on Some(Sqlite::empty().await);
}

#[tokio::test]
async fn tables_of_the_former_sqlite_log_are_migrated() {
    let store = Sqlite::empty().await;
    let former = "CREATE TABLE stripe_events (
             id TEXT PRIMARY KEY, at INTEGER NOT NULL, done INTEGER NOT NULL, lease INTEGER NOT NULL
         ) WITHOUT ROWID;
         CREATE INDEX stripe_events_at ON stripe_events (at);
         CREATE TABLE stripe_objects (
             id TEXT PRIMARY KEY, created INTEGER NOT NULL, at INTEGER NOT NULL
         ) WITHOUT ROWID;
         INSERT INTO stripe_events VALUES ('evt_old', unixepoch(), 1, 5);";
    sqlx::raw_sql(former).execute(&store.pool).await.unwrap();
    Tables::new().migrate::<sqlx::Sqlite>(&mut *store.pool.acquire().await.unwrap()).await.unwrap();
    assert_eq!(store.log().claim("evt_old").await.unwrap(), Claim::Done);
}

#[tokio::test]
async fn two_services_share_a_database_under_other_names() {
    let store = Sqlite::new().await.unwrap();
    let tables = Tables::new().prefix("other_").unwrap();
    tables.migrate::<sqlx::Sqlite>(&mut *store.pool.acquire().await.unwrap()).await.unwrap();
    let other = SqliteEventLog::with_tables(store.pool.clone(), &tables);
    assert!(matches!(other.claim("evt_1").await.unwrap(), Claim::New(_)));
    assert!(matches!(store.log().claim("evt_1").await.unwrap(), Claim::New(_)));
    outbox_contract(&SqliteOutbox::with_tables(store.pool.clone(), &tables)).await;
}
