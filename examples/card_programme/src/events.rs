//! Handles each event once, in one transaction with its effect.

use crate::Failure;
use crate::data::{Data, Value};
use sqlx::Pool;
use stripe_platform::webhook::{Event, EventObject, EventType, Once};
use stripe_platform_sqlx::SqlEventLog;

/// Handles an event. Returns whether this delivery handled it.
///
/// # Errors
/// If the database fails. Answer Stripe with an error then, so that it delivers the event again.
pub async fn handle<DB: Data>(
    pool: &Pool<DB>,
    log: &SqlEventLog<DB>,
    event: &Event,
) -> Result<Once<()>, Failure> {
    let effect = effect(event);
    let mut tx = DB::transaction(pool).await?;
    let handler = async |connection: &mut DB::Connection| {
        if let Some((sql, values)) = effect {
            DB::run(connection, sql, values).await?;
        }
        Ok::<_, Failure>(())
    };
    let once = log.handle_once_in(&mut tx, event, handler).await?;
    tx.commit().await?;
    Ok(once)
}

fn effect(event: &Event) -> Option<(&'static str, Vec<Value>)> {
    let account = event.account.as_ref()?.as_str();
    match (&event.kind, &event.object) {
        (EventType::TopupSucceeded, EventObject::Topup(topup)) => Some((
            "UPDATE businesses SET funded = funded + $2 WHERE account = $1",
            vec![account.into(), topup.amount.into()],
        )),
        (EventType::PayoutPaid | EventType::PayoutFailed, EventObject::Payout(payout)) => Some((
            "UPDATE payouts SET status = $2 WHERE stripe_id = $1",
            vec![payout.id.as_str().into(), payout.status.to_string().as_str().into()],
        )),
        _ => None,
    }
}
