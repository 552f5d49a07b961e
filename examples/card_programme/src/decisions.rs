//! Decides about purchases in the database that all instances share.

use crate::data::Data;
use sqlx::Pool;
use stripe_platform::webhook::{AuthorizationRequest, Decision};

/// Approves a purchase if the card stays within its limit, and counts it. A repeated question gets the same answer.
///
/// # Errors
/// If the database fails. The responder then declines.
pub async fn decide<DB: Data>(pool: Pool<DB>, request: AuthorizationRequest) -> sqlx::Result<Decision> {
    let authorization = &request.authorization;
    let (id, card) = (authorization.id.as_str(), authorization.card.id.as_str());
    let amount = request.amount().amount;
    let mut tx = DB::transaction(&pool).await?;
    let known =
        DB::texts(&mut *tx, "SELECT CAST(approved AS TEXT) FROM decisions WHERE id = $1", vec![id.into()]);
    if let Some(known) = known.await? {
        return Ok(decision(known.first().is_some_and(|approved| approved == "1")));
    }
    let within = "UPDATE cards SET spent = spent + $2 WHERE card = $1 AND spent + $2 <= spend_limit";
    let approved = DB::run(&mut *tx, within, vec![card.into(), amount.into()]).await? == 1;
    let note = "INSERT INTO decisions (id, card, amount, approved) VALUES ($1, $2, $3, $4)";
    let values = vec![id.into(), card.into(), amount.into(), i64::from(approved).into()];
    DB::run(&mut *tx, note, values).await?;
    tx.commit().await?;
    Ok(decision(approved))
}

fn decision(approved: bool) -> Decision {
    if approved { Decision::approve() } else { Decision::decline().metadata("rule", "over the limit") }
}
