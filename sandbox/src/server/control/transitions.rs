use super::params::Asked;
use crate::Sandbox;
use crate::engine::ApiError;
use crate::resources::issuing::authorizations::Answer;

/// An action of the outside world on an object. Returns the id of the resulting object, if it is another one.
type Run = fn(&Sandbox, &str, &Asked) -> Result<Option<String>, ApiError>;

/// A transition that can be triggered by name.
pub(crate) struct Transition {
    pub(crate) name: &'static str,
    /// The parameters in addition to `id`.
    pub(crate) parameters: &'static str,
    pub(crate) run: Run,
}

const fn on(name: &'static str, parameters: &'static str, run: Run) -> Transition {
    Transition { name, parameters, run }
}

/// All methods of the handles that act on one object, account or account link.
pub(crate) static TRANSITIONS: &[Transition] = &[
    on("topups.settle", "", |sandbox, id, _| none(sandbox.topups().settle(id))),
    on("topups.fail", "code", |sandbox, id, asked| none(sandbox.topups().fail(id, code(asked)))),
    on("topups.reverse", "", |sandbox, id, _| none(sandbox.topups().reverse(id))),
    on("payouts.send", "", |sandbox, id, _| none(sandbox.payouts().send(id))),
    on("payouts.pay", "", |sandbox, id, _| none(sandbox.payouts().pay(id))),
    on("payouts.fail", "code", |sandbox, id, asked| none(sandbox.payouts().fail(id, code(asked)))),
    on("sources.receive", "amount", |sandbox, id, asked| {
        sandbox.sources().receive(id, asked.amount()?).map(|_| None)
    }),
    on("sources.fail", "", |sandbox, id, _| none(sandbox.sources().fail(id))),
    on("sources.cancel", "", |sandbox, id, _| none(sandbox.sources().cancel(id))),
    on("accounts.verify", "", |sandbox, id, _| none(sandbox.accounts().verify(id))),
    on("accounts.require", "field, code", |sandbox, id, asked| {
        let code = asked.text("code").unwrap_or("invalid_value_other");
        none(sandbox.accounts().require(id, asked.needed("field")?, code))
    }),
    on("accounts.announce", "field, code, days, hours, minutes, seconds", |sandbox, id, asked| {
        let code = asked.text("code").unwrap_or("information_missing");
        let after = asked.any_wait().then(|| asked.wait()).transpose()?;
        none(sandbox.accounts().announce(id, asked.needed("field")?, code, after))
    }),
    on("accounts.fulfil", "field", |sandbox, id, asked| {
        none(sandbox.accounts().fulfil(id, asked.needed("field")?))
    }),
    on("accounts.receive", "amount, currency, source_type", |sandbox, id, asked| {
        let kind = asked.text("source_type").unwrap_or("card");
        sandbox.payments().receive_by(id, asked.amount()?, asked.currency()?, kind).map(Some)
    }),
    on("accounts.charge", "amount, fee, currency, card", |sandbox, id, asked| {
        let fee = asked.value("fee")?.unwrap_or(0);
        let (amount, currency) = (asked.amount()?, asked.currency()?);
        match asked.text("card") {
            None => sandbox.accounts().charge(id, amount, fee, currency).map(Some),
            Some(card) => sandbox.accounts().charge_card(id, amount, fee, currency, card).map(Some),
        }
    }),
    on("accounts.pay_out", "", |sandbox, id, _| none(sandbox.pay_out(id))),
    on("accounts.give_notice", "reason", |sandbox, id, asked| {
        sandbox.accounts().give_notice(id, asked.needed("reason")?).map(Some)
    }),
    on("accounts.close_issuing", "reason", |sandbox, id, asked| {
        none(sandbox.accounts().close_issuing(id, asked.needed("reason")?))
    }),
    on("accounts.close_if_idle", "", |sandbox, id, _| none(sandbox.accounts().close_if_idle(id))),
    on("accounts.issue_card", "currency", |sandbox, id, asked| {
        sandbox.account(id).issue_card(asked.currency()?).map(|card| Some(card.id().to_owned()))
    }),
    on("account_links.expire", "", |sandbox, id, _| none(sandbox.account_links().expire(id))),
    on("payments.refund", "amount", |sandbox, id, asked| {
        none(sandbox.payments().refund(id, asked.amount()?))
    }),
    on("payments.authenticate", "", |sandbox, id, _| none(sandbox.payments().authenticate(id))),
    on("payments.fail_authentication", "", |sandbox, id, _| none(sandbox.payments().fail_authentication(id))),
    on("payments.finish_debit", "", |sandbox, id, _| none(sandbox.payments().finish_debit(id))),
    on("payments.dispute", "reason", |sandbox, id, asked| {
        sandbox.payments().dispute(id, asked.text("reason").unwrap_or("fraudulent")).map(Some)
    }),
    on("payments.inquire", "reason", |sandbox, id, asked| {
        sandbox.payments().inquire(id, asked.text("reason").unwrap_or("fraudulent")).map(Some)
    }),
    on("refunds.succeed", "", |sandbox, id, _| none(sandbox.refunds().succeed(id))),
    on("refunds.fail", "reason", |sandbox, id, asked| {
        none(sandbox.refunds().fail(id, asked.text("reason").unwrap_or("unknown")))
    }),
    on("charge_disputes.win", "", |sandbox, id, _| none(sandbox.charge_disputes().win(id))),
    on("charge_disputes.lose", "", |sandbox, id, _| none(sandbox.charge_disputes().lose(id))),
    on("charge_disputes.escalate", "", |sandbox, id, _| none(sandbox.charge_disputes().escalate(id))),
    on("cardholders.block", "", |sandbox, id, _| none(sandbox.cards().block_cardholder(id))),
    on("cardholders.review", "reason", |sandbox, id, asked| {
        none(sandbox.cards().review_cardholder(id, asked.text("reason")))
    }),
    on("cardholders.require", "field", |sandbox, id, asked| {
        none(sandbox.cards().require_of_cardholder(id, asked.needed("field")?))
    }),
    on("cards.authorize", "amount, merchant, category", |sandbox, id, asked| {
        let mut swipe = sandbox.card(id).authorize(asked.amount()?);
        if let Some(category) = asked.text("category") {
            swipe = swipe.category(category);
        }
        let made = swipe.at(asked.text("merchant").unwrap_or("Corner Shop"))?;
        Ok(Some(made.id().to_owned()))
    }),
    on("cards.block_pin", "", |sandbox, id, _| none(sandbox.cards().block_pin(id))),
    on("cards.decline_next", "reason", |sandbox, id, asked| {
        none(sandbox.card(id).decline_next(asked.needed("reason")?))
    }),
    on("cards.add_to_wallet", "wallet", |sandbox, id, asked| {
        sandbox.cards().add_to_wallet(id, asked.needed("wallet")?).map(Some)
    }),
    on("cards.ask_wallet", "wallet", |sandbox, id, asked| {
        sandbox.cards().ask_wallet(id, asked.needed("wallet")?).map(Some)
    }),
    on("cards.ship", "", |sandbox, id, _| sandbox.card(id).ship().map(|_| None)),
    on("cards.deliver", "", |sandbox, id, _| sandbox.card(id).deliver().map(|_| None)),
    on("cards.give_back", "", |sandbox, id, _| sandbox.card(id).give_back().map(|_| None)),
    on("cards.lose", "", |sandbox, id, _| sandbox.card(id).lose().map(|_| None)),
    on("authorizations.capture", "amount", |sandbox, id, asked| {
        let authorization = sandbox.authorization(id);
        match asked.value("amount")? {
            Some(amount) => authorization.capture_amount(amount).map(Some),
            None => authorization.capture().map(Some),
        }
    }),
    on("authorizations.capture_part", "amount", |sandbox, id, asked| {
        sandbox.authorization(id).capture_part(asked.amount()?).map(Some)
    }),
    on("authorizations.answer", "approved, amount", |sandbox, id, asked| {
        let approved = asked.value("approved")?.unwrap_or(true);
        asked.goes_with("amount", "approved true", approved)?;
        let answer = match (approved, asked.value("amount")?) {
            (true, None) => Answer::approve(),
            (true, Some(amount)) => Answer::approve_part(amount),
            (false, _) => Answer::decline(),
        };
        none(sandbox.authorizations().answer(id, &answer))
    }),
    on("authorizations.increment", "amount", |sandbox, id, asked| {
        sandbox.authorization(id).increment(asked.amount()?).map(|_| None)
    }),
    on("authorizations.reverse", "amount", |sandbox, id, asked| {
        let authorization = sandbox.authorization(id);
        match asked.value("amount")? {
            Some(amount) => authorization.reverse_amount(amount).map(|_| None),
            None => authorization.reverse().map(|_| None),
        }
    }),
    on("authorizations.expire", "", |sandbox, id, _| none(sandbox.authorizations().expire(id))),
    on("authorizations.refund", "amount", |sandbox, id, asked| {
        let authorization = sandbox.authorization(id);
        match asked.value("amount")? {
            Some(amount) => authorization.refund_amount(amount).map(Some),
            None => authorization.refund().map(Some),
        }
    }),
    on("transactions.add_receipt_line", "description, quantity, unit_cost", |sandbox, id, asked| {
        let description = asked.needed("description")?;
        let (quantity, unit_cost) =
            (asked.value("quantity")?.unwrap_or(1), asked.value("unit_cost")?.unwrap_or(0));
        none(sandbox.transactions().add_receipt_line(id, description, quantity, unit_cost))
    }),
    on("disputes.reinstate", "", |sandbox, id, _| none(sandbox.disputes().reinstate(id))),
    on("disputes.win", "", |sandbox, id, _| none(sandbox.disputes().win(id))),
    on("disputes.lose", "reason", |sandbox, id, asked| {
        none(sandbox.disputes().lose(id, asked.needed("reason")?))
    }),
    on("financial_accounts.receive", "amount", |sandbox, id, asked| {
        sandbox.financial_account(id).receive(asked.amount()?).map(Some)
    }),
    on("financial_accounts.debit", "amount", |sandbox, id, asked| {
        sandbox.financial_account(id).debit(asked.amount()?).map(Some)
    }),
    on("outbound_flows.post", "", |sandbox, id, _| none(sandbox.outbound_flows().post(id))),
    on("outbound_flows.fail", "", |sandbox, id, _| none(sandbox.outbound_flows().fail(id))),
    on("outbound_flows.give_back", "code", |sandbox, id, asked| {
        none(sandbox.outbound_flows().give_back(id, asked.text("code").unwrap_or("other")))
    }),
    on("inbound_transfers.succeed", "", |sandbox, id, _| none(sandbox.inbound_transfers().succeed(id))),
    on("inbound_transfers.fail", "code", |sandbox, id, asked| {
        none(sandbox.inbound_transfers().fail(id, asked.text("code").unwrap_or("insufficient_funds")))
    }),
    on("inbound_transfers.give_back", "", |sandbox, id, _| none(sandbox.inbound_transfers().give_back(id))),
];

fn none(done: Result<(), ApiError>) -> Result<Option<String>, ApiError> {
    done.map(|()| None)
}

fn code(asked: &Asked) -> &str {
    asked.text("code").unwrap_or("could_not_process")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// The source text of the handles, which is the complete list of actions.
    const FACADE: [&str; 7] = [
        include_str!("../../handles/mod.rs"),
        include_str!("../../handles/account.rs"),
        include_str!("../../handles/accounts.rs"),
        include_str!("../../handles/card.rs"),
        include_str!("../../handles/funds.rs"),
        include_str!("../../handles/issuing.rs"),
        include_str!("../../handles/treasury.rs"),
    ];

    /// The names of the handles' types in the control API.
    const TYPES: [(&str, &str); 18] = [
        ("Topups", "topups"),
        ("Payouts", "payouts"),
        ("Sources", "sources"),
        ("Payments", "payments"),
        ("Refunds", "refunds"),
        ("ChargeDisputes", "charge_disputes"),
        ("Accounts", "accounts"),
        ("AccountHandle", "accounts"),
        ("AccountLinks", "account_links"),
        ("Cards", "cards"),
        ("CardHandle", "cards"),
        ("Authorizations", "authorizations"),
        ("AuthorizationHandle", "authorizations"),
        ("Disputes", "disputes"),
        ("Transactions", "transactions"),
        ("FinancialAccountHandle", "financial_accounts"),
        ("OutboundFlows", "outbound_flows"),
        ("InboundTransfers", "inbound_transfers"),
    ];

    /// Methods that have another name here, or a separate control (`/`).
    const ELSEWHERE: [(&str, &str); 14] = [
        ("accounts.fund", "/fund"),
        ("accounts.charge_card", "accounts.charge"),
        ("cards.require_of_cardholder", "cardholders.require"),
        ("account_links.complete", "/setup"),
        ("account_links.complete_with", "/setup"),
        ("account_links.leave", "/setup"),
        ("account_links.leave_with", "/setup"),
        ("payments.receive", "accounts.receive"),
        ("payments.receive_by", "accounts.receive"),
        ("cards.block_cardholder", "cardholders.block"),
        ("cards.review_cardholder", "cardholders.review"),
        ("authorizations.capture_amount", "authorizations.capture"),
        ("authorizations.reverse_amount", "authorizations.reverse"),
        ("authorizations.refund_amount", "authorizations.refund"),
    ];

    /// Types that do not act on one object: the sandbox itself, a purchase under construction (made by
    /// `cards.authorize`), and conversions.
    const OTHERS: [&str; 5] = ["Sandbox", "Purchase", "From", "AsRef", "fmt"];

    /// The fallible methods in a source file, by type.
    fn transitions(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        for part in text.split("\nimpl ").skip(1) {
            let of = part.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            let known = TYPES.iter().find(|(name, _)| *name == of);
            if known.is_none() && OTHERS.contains(&of) {
                continue;
            }
            let (_, of) = known.unwrap_or_else(|| panic!("{of} is neither in TYPES nor in OTHERS"));
            for function in part.split("    pub fn ").skip(1) {
                let (head, _) = function.split_once(" {\n").unwrap();
                let (name, signature) = head.split_once('(').unwrap();
                if signature.contains("Result<") {
                    found.push(format!("{of}.{name}"));
                }
            }
        }
        found
    }

    #[test]
    fn every_action_of_the_handles_has_a_transition() {
        let named: BTreeSet<_> = TRANSITIONS.iter().map(|transition| transition.name).collect();
        let all: Vec<_> = FACADE.into_iter().flat_map(transitions).collect();
        assert!(all.len() > 50, "{all:?}");
        for transition in all {
            let other = ELSEWHERE.iter().find(|(name, _)| **name == transition).map(|(_, other)| *other);
            let name = other.unwrap_or(&transition);
            assert!(name.starts_with('/') || named.contains(name), "{transition} has no control");
        }
    }
}
