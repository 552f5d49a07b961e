//! The spending policy.

use std::convert::Infallible;
use stripe_platform::webhook::{AuthorizationRequest, Decision};
use stripe_platform::{Currency, Money, issuing::MerchantCategory};

/// The limit of a single purchase.
const LIMIT: Money = Money::new(10_000, Currency::USD);

/// Decides within the budget of the responder. A service would query its database here.
pub async fn decide(request: AuthorizationRequest) -> Result<Decision, Infallible> {
    let asked = request.amount();
    let merchant = request.merchant();
    println!("  {asked} at {}?", merchant.name.as_deref().unwrap_or("an unnamed merchant"));
    let decision = match MerchantCategory::from(merchant.category.as_str()) {
        MerchantCategory::BettingCasinoGambling => Decision::decline().metadata("rule", "no gambling"),
        _ if asked <= LIMIT => Decision::approve().metadata("rule", "within the limit"),
        _ if request.is_amount_controllable() && asked.currency == LIMIT.currency => {
            Decision::approve_amount(LIMIT).metadata("rule", "up to the limit")
        }
        _ => Decision::decline().metadata("rule", "over the limit"),
    };
    Ok(decision)
}
