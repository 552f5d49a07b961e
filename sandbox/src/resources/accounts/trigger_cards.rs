//! Test cards that change the requirements of the account that is paid with them.

use super::internal::{self, BROUGHT};
use super::requirements::{self, Stops};
use super::revision;
use crate::engine::{ApiError, Peek, set};
use crate::state::AccountContext;
use serde_json::json;

/// The number of each card, its tokens, and what is stopped.
const CARDS: [(&str, &[&str], Stops); 3] = [
    (
        "4000000000004202",
        &["tok_visa_triggerNextRequirements", "tok_visa_triggerVerification"],
        Stops::Nothing,
    ),
    ("4000000000004210", &["tok_visa_triggerChargeBlock"], Stops::Charges),
    ("4000000000004236", &["tok_visa_triggerPayoutBlock", "tok_visa_triggerTransferBlock"], Stops::Payouts),
];

fn find(card: &str) -> Option<Stops> {
    let found = CARDS.iter().find(|(number, tokens, _)| *number == card || tokens.contains(&card));
    found.map(|(.., stops)| *stops)
}

/// Refuses a number or token that is not one of these cards.
pub(crate) fn known(card: &str) -> Result<(), ApiError> {
    find(card).map(drop).ok_or_else(|| ApiError::missing("test card", card, "card"))
}

/// A connected account was paid with a card, by its number or token. If it is one of these, what is due some day is due now.
/// Nothing happens before the first requirements are met, or if nothing is due later. Other cards do nothing.
pub(crate) fn charged(books: &mut AccountContext<'_>, card: &str) -> Result<(), ApiError> {
    let Some(stops) = find(card) else { return Ok(()) };
    let Some(facts) = internal::facts(books).filter(|facts| facts.account.flag("details_submitted")) else {
        return Ok(());
    };
    let notes = internal::notes(books);
    let mut brought = notes.at(BROUGHT).cloned().unwrap_or_else(|| json!({}));
    let mut deadlines = notes.at("deadlines").cloned().unwrap_or_else(|| json!({}));
    // What a card brought forward before is due, and becomes past due by a card that blocks.
    let mut fields = requirements::later(&facts);
    let open = requirements::brought(&facts);
    if stops != Stops::Nothing {
        fields.extend(open);
    }
    let now = books.now();
    for field in &fields {
        set(&mut brought, field, stops.name());
        if stops != Stops::Nothing {
            set(&mut deadlines, field, now);
        }
    }
    if fields.is_empty() {
        return Ok(());
    }
    revision::revise(books, |books| {
        internal::remember(books, BROUGHT, brought);
        internal::remember(books, "deadlines", deadlines);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_card_is_known_by_number_and_token() {
        for (number, tokens, stops) in CARDS {
            for card in tokens.iter().chain([&number]) {
                assert_eq!(find(card), Some(stops), "{card}");
                assert!(known(card).is_ok());
            }
        }
        assert_eq!(known("tok_visa").unwrap_err().code, Some("resource_missing"));
    }
}
