//! Values of the SDK as columns of the user's own tables.

use crate::support::on_both;
use stripe_platform::account::Account;
use stripe_platform::{Currency, DateTime, Id, Money, Timestamp, payout};
use stripe_platform_sqlx::types::{Text, UnixSeconds};

type Columns =
    (Text<Id<Account>>, i64, Text<Currency>, UnixSeconds, Text<payout::Status>, Option<Text<DateTime>>);

on_both! {
    values_come_back_as_they_were_written(store) {
        // A temporary table belongs to its connection.
        let mut connection = store.pool.acquire().await.unwrap();
        let table = "CREATE TEMPORARY TABLE kept \
            (account TEXT, amount BIGINT, currency TEXT, since BIGINT, status TEXT, at TEXT)";
        sqlx::query(table).execute(&mut *connection).await.unwrap();
        let owed = Money::new(-1_000, Currency::EUR);
        let new_status = payout::Status::from("a_status_of_next_year");
        let at = DateTime::from(Timestamp::new(0));
        let rows = [(payout::Status::InTransit, Some(at)), (new_status, None)];
        for (status, at) in &rows {
            sqlx::query("INSERT INTO kept VALUES ($1, $2, $3, $4, $5, $6)")
                .bind(Text(&Id::<Account>::from("acct_1")))
                .bind(owed.amount)
                .bind(Text(owed.currency))
                .bind(UnixSeconds(Timestamp::new(i64::MAX)))
                .bind(Text(status))
                .bind(at.as_ref().map(Text))
                .execute(&mut *connection)
                .await
                .unwrap();
        }
        let read: Vec<Columns> =
            sqlx::query_as("SELECT account, amount, currency, since, status, at FROM kept ORDER BY at IS NULL")
                .fetch_all(&mut *connection)
                .await
                .unwrap();
        assert_eq!(read.len(), 2);
        for ((account, amount, currency, since, status, at), (wrote, wrote_at)) in read.into_iter().zip(rows) {
            assert_eq!((account.0.as_str(), Money::new(amount, currency.0)), ("acct_1", owed));
            assert_eq!((since.0, status.0), (Timestamp::new(i64::MAX), wrote));
            assert_eq!(at.map(|at| at.0), wrote_at);
        }
    }
}
