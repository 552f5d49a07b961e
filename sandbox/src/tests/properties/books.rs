//! The balances of every account computed from API objects, without the sandbox's ledger, and compared with the
//! balances that the API returns.

use crate::engine::{Json, Peek};
use crate::tests::properties::balances::Balances;
use crate::tests::properties::run::{ACCOUNTS, Check, PLATFORM, Run};
use crate::tests::properties::told::Place;
use std::collections::{BTreeMap, HashMap};

type Sums = BTreeMap<(usize, Place, String), i64>;

/// The sums over the objects of all accounts.
#[derive(Debug, Default)]
struct Books {
    /// The expected balances.
    held: Sums,
    /// Money received from outside minus money paid out, by currency.
    came: BTreeMap<String, i64>,
    /// Pending top-ups of payments balances.
    announced: Sums,
    /// Money that has left payments balances and has not reached Issuing balances yet.
    on_the_way: Sums,
    /// The holds of approved authorizations.
    on_hold: Sums,
    /// The balance transactions of each account.
    lines: Vec<Vec<Json>>,
    /// The balances that the API returns.
    balances: Balances,
    /// The payouts and top-ups of each account, with the expected sums of their balance transactions.
    movers: Vec<(usize, Json, i64)>,
}

/// Checks that the objects, the statements and the balances of all accounts agree.
pub fn check(run: &Run) -> Check {
    Books::read(run)?.check(run)
}

/// As [`check`], after all authorizations have ended, so that nothing is held.
pub fn check_ended(run: &Run) -> Check {
    let books = Books::read(run)?;
    books.check(run)?;
    books.check_nothing_held(run)
}

fn equal(what: &str, expected: i64, found: i64) -> Check {
    if expected == found { Ok(()) } else { Err(format!("{what}: {found} instead of {expected}")) }
}

fn came(sums: &BTreeMap<String, i64>, currency: &str) -> i64 {
    sums.get(currency).copied().unwrap_or_default()
}

fn net(line: &Json) -> i64 {
    line.int("net")
}

impl Books {
    fn read(run: &Run) -> Check<Self> {
        let mut books = Self {
            held: run.told.moved.clone(),
            came: run.told.came.clone(),
            balances: Balances::read(run)?,
            ..Self::default()
        };
        for who in 0..ACCOUNTS {
            books.topups(run, who)?;
            books.payouts(run, who)?;
            books.cards(run, who)?;
            books.lines.push(run.list(who, "/v1/balance_transactions")?);
        }
        books.on_the_way(run);
        books.between_accounts(run)?;
        for (who, id) in run.all("treasury.financial_account") {
            books.financial_account(run, *who, id)?;
        }
        Ok(books)
    }

    fn inside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.held.entry((who, place, currency.to_owned())).or_default() += amount;
    }

    fn outside(&mut self, who: usize, place: Place, currency: &str, amount: i64) {
        *self.came.entry(currency.to_owned()).or_default() += amount;
        self.inside(who, place, currency, amount);
    }

    fn of(sums: &Sums, who: usize, place: Place, currency: &str) -> i64 {
        sums.get(&(who, place, currency.to_owned())).copied().unwrap_or_default()
    }

    fn topups(&mut self, run: &Run, who: usize) -> Check {
        for topup in run.list_made(who, "topup", "/v1/topups")? {
            let issuing = run.told.issuing_topups.contains(topup.text("id"));
            let place = if issuing { Place::Issuing } else { Place::Payments };
            let (amount, currency) = (topup.int("amount"), topup.text("currency"));
            match topup.text("status") {
                "succeeded" => self.outside(who, place, currency, amount),
                "pending" if !issuing => {
                    *self.announced.entry((who, place, currency.to_owned())).or_default() += amount;
                }
                _ => {}
            }
            let moved = if topup.text("status") == "succeeded" { amount } else { 0 };
            self.movers.push((who, topup, moved));
        }
        Ok(())
    }

    /// A payout is deducted when it is created and returned when it fails; a negative one is credited when it is
    /// paid.
    fn payouts(&mut self, run: &Run, who: usize) -> Check {
        for payout in run.list_made(who, "bank account", "/v1/payouts")? {
            let named = |id: &str| run.told.issuing_payouts.contains(id);
            let issuing = named(payout.text("id")) || named(payout.id_at("original_payout"));
            let place = if issuing { Place::Issuing } else { Place::Payments };
            let amount = payout.int("amount");
            let moved = match payout.text("status") {
                "paid" => true,
                "pending" | "in_transit" => amount > 0,
                _ => false,
            };
            if moved {
                self.outside(who, place, payout.text("currency"), -amount);
            }
            self.movers.push((who, payout, if moved { -amount } else { 0 }));
        }
        Ok(())
    }

    /// Captures, refunds, won disputes and holds.
    fn cards(&mut self, run: &Run, who: usize) -> Check {
        if run.all("issuing.card").iter().all(|(owner, _)| *owner != who) {
            return Ok(());
        }
        let mut places = HashMap::new();
        for card in run.list(who, "/v1/issuing/cards")? {
            let place = match card.text("financial_account") {
                "" => Place::Issuing,
                id => Place::Financial(id.to_owned()),
            };
            places.insert(card.text("id").to_owned(), place);
        }
        let mut disputed = HashMap::new();
        for transaction in run.list(who, "/v1/issuing/transactions")? {
            let place = places[transaction.id_at("card")].clone();
            disputed.insert(transaction.text("id").to_owned(), place.clone());
            self.outside(who, place, transaction.text("currency"), transaction.int("amount"));
        }
        for dispute in
            run.list_made(who, "issuing.dispute", "/v1/issuing/disputes?expand[]=data.balance_transactions")?
        {
            let back = match dispute.text("status") {
                "won" => true,
                "submitted" => run.told.reinstated.contains(dispute.text("id")),
                _ => false,
            };
            let place = disputed[dispute.id_at("transaction")].clone();
            let back = if back { dispute.int("amount") } else { 0 };
            if place == Place::Issuing {
                let lines = dispute.items("balance_transactions").iter().map(net).sum();
                equal(&format!("lines of dispute {}", dispute.text("id")), back, lines)?;
            }
            self.outside(who, place, dispute.text("currency"), back);
        }
        for authorization in run.list(who, "/v1/issuing/authorizations")? {
            let place = places[authorization.id_at("card")].clone();
            let held: i64 = -authorization.items("balance_transactions").iter().map(net).sum::<i64>();
            let (id, status) = (authorization.text("id"), authorization.text("status"));
            if held < 0 || (held > 0 && (status != "pending" || !authorization.flag("approved"))) {
                return Err(format!("{held} is held for the {status} authorization {id}"));
            }
            let currency = authorization.text("currency").to_owned();
            *self.on_hold.entry((who, place, currency)).or_default() += held;
        }
        Ok(())
    }

    /// Transfers into Issuing balances without a balance transaction on the receiving side.
    fn on_the_way(&mut self, run: &Run) {
        for (who, id, currency, amount) in &run.told.to_issuing {
            let told =
                |line: &Json| line.id_at("source") == id.as_str() && line.text("balance_type") == "issuing";
            if !self.lines[*who].iter().any(told) {
                *self.on_the_way.entry((*who, Place::Issuing, (*currency).to_owned())).or_default() += amount;
            }
        }
    }

    /// Transfers, fee refunds, and collections.
    fn between_accounts(&mut self, run: &Run) -> Check {
        // Transfers from the platform to accounts, and back.
        for from in 0..ACCOUNTS {
            for transfer in run.list_made(from, "transfer", "/v1/transfers")? {
                let left = transfer.int("amount") - transfer.int("amount_reversed");
                let reversals =
                    run.list(from, &format!("/v1/transfers/{}/reversals", transfer.text("id")))?;
                let reversed = reversals.iter().map(|reversal| reversal.int("amount")).sum();
                equal("reversed of a transfer", reversed, transfer.int("amount_reversed"))?;
                let to = transfer.id_at("destination");
                let to = run.accounts.iter().position(|id| id == to).ok_or("a transfer to nobody")?;
                self.inside(from, Place::Payments, transfer.text("currency"), -left);
                self.inside(to, Place::Payments, transfer.text("currency"), left);
            }
        }
        for fee in run.list_made(PLATFORM, "application_fee", "/v1/application_fees")? {
            let refunds = run.list(PLATFORM, &format!("/v1/application_fees/{}/refunds", fee.text("id")))?;
            let refunded = refunds.iter().map(|refund| refund.int("amount")).sum();
            equal("refunded of a fee", refunded, fee.int("amount_refunded"))?;
            let from =
                run.accounts.iter().position(|id| id == fee.id_at("account")).ok_or("a fee of nobody")?;
            self.inside(PLATFORM, Place::Payments, fee.text("currency"), -refunded);
            self.inside(from, Place::Payments, fee.text("currency"), refunded);
        }
        // Payments of the reserve for an account: a balance transaction on either side.
        let mut collected = BTreeMap::new();
        for (who, lines) in self.lines.clone().iter().enumerate() {
            for line in lines.iter().filter(|line| line.text("type") == "connect_collection_transfer") {
                *collected.entry(line.text("currency").to_owned()).or_default() += net(line);
                self.inside(who, Place::Payments, line.text("currency"), net(line));
            }
        }
        collected.iter().try_for_each(|(currency, sum)| equal(&format!("{currency} collected"), 0, *sum))
    }

    fn financial_account(&mut self, run: &Run, who: usize, id: &str) -> Check {
        let place = || Place::Financial(id.to_owned());
        let flows = |what: &str| run.list(who, &format!("/v1/treasury/{what}?financial_account={id}"));
        // Card payments and refunds are counted as Issuing transactions.
        let done = |flow: &Json| {
            matches!(flow.text("status"), "succeeded" | "posted") && flow.text("network") != "card"
        };
        for credit in flows("received_credits")?.iter().filter(|flow| done(flow)) {
            let amount = credit.int("amount");
            if credit.text("network") == "stripe" {
                self.inside(who, place(), "usd", amount);
            } else {
                self.outside(who, place(), "usd", amount);
            }
        }
        for (what, sign) in [
            ("received_debits", -1),
            ("credit_reversals", -1),
            ("debit_reversals", 1),
            ("inbound_transfers", 1),
        ] {
            // A returned inbound transfer has a received debit of the same amount.
            for flow in flows(what)?.iter().filter(|flow| done(flow)) {
                self.outside(who, place(), "usd", sign * flow.int("amount"));
            }
        }
        for what in ["outbound_payments", "outbound_transfers"] {
            for flow in flows(what)?.iter().filter(|flow| done(flow)) {
                let amount = -flow.int("amount");
                if flow.text("destination_payment_method_details.type") == "financial_account" {
                    self.inside(who, place(), "usd", amount);
                } else {
                    self.outside(who, place(), "usd", amount);
                }
            }
        }
        Ok(())
    }

    fn check(&self, run: &Run) -> Check {
        self.check_lines()?;
        self.check_sources()?;
        let mut inside = BTreeMap::new();
        for who in 0..ACCOUNTS {
            for currency in ["usd", "eur"] {
                *inside.entry(currency.to_owned()).or_default() += self.check_balances(who, currency)?;
            }
        }
        *inside.entry("usd".to_owned()).or_default() += self.check_financial_accounts(run)?;
        for (currency, sum) in inside {
            equal(&format!("{currency} that came from outside"), came(&self.came, &currency), sum)?;
        }
        run.sandbox.audit().map_err(|problem| format!("the ledger's own audit: {problem}"))
    }

    /// Checks that nothing is held for authorizations.
    fn check_nothing_held(&self, run: &Run) -> Check {
        for (place, sum) in &self.on_hold {
            equal(&format!("held of {place:?}"), 0, *sum)?;
        }
        for (who, lines) in self.lines.iter().enumerate() {
            for currency in ["usd", "eur"] {
                let holds = lines.iter().filter(|line| {
                    line.text("type").starts_with("issuing_authorization_")
                        && line.text("currency") == currency
                });
                equal(
                    &format!("holds and releases of account {who} in {currency}"),
                    0,
                    holds.map(net).sum(),
                )?;
            }
        }
        for (who, id) in run.all("treasury.financial_account") {
            let account = run.get(*who, &format!("/v1/treasury/financial_accounts/{id}"))?;
            let mut leaving = 0;
            for what in ["outbound_payments", "outbound_transfers", "credit_reversals"] {
                let flows = run.list(*who, &format!("/v1/treasury/{what}?financial_account={id}"))?;
                let processing = flows.iter().filter(|flow| flow.text("status") == "processing");
                leaving += processing.map(|flow| flow.int("amount")).sum::<i64>();
            }
            equal(&format!("on its way out of {id}"), leaving, account.int("balance.outbound_pending.usd"))?;
        }
        Ok(())
    }

    /// Checks that the net of every balance transaction is amount minus fee.
    fn check_lines(&self) -> Check {
        self.lines.iter().flatten().try_for_each(|line| {
            equal(&format!("net of {line}"), line.int("amount") - line.int("fee"), net(line))
        })
    }

    /// Checks the balance transactions of payouts and top-ups: the amount moved; zero if it failed.
    fn check_sources(&self) -> Check {
        let mut by_source: HashMap<(usize, &str), i64> = HashMap::new();
        for (who, lines) in self.lines.iter().enumerate() {
            for line in lines {
                *by_source.entry((who, line.id_at("source"))).or_default() += net(line);
            }
        }
        self.movers.iter().try_for_each(|(who, object, moved)| {
            let told = by_source.get(&(*who, object.text("id"))).copied().unwrap_or_default();
            equal(&format!("lines of {object}"), *moved, told)
        })
    }

    fn statement(&self, who: usize, balance: &str, currency: &str) -> i64 {
        let on = |line: &&Json| line.text("balance_type") == balance && line.text("currency") == currency;
        self.lines[who].iter().filter(on).map(net).sum()
    }

    /// Compares one account in one currency. Returns its total without financial accounts.
    fn check_balances(&self, who: usize, currency: &str) -> Check<i64> {
        let shown = |name| self.balances.of(who, name, currency);
        let of = |sums, place| Self::of(sums, who, place, currency);
        let name = |what: &str| format!("{what} of account {who} in {currency}");

        let reserved = shown("connect_reserved");
        let payments = shown("available") + shown("pending") - of(&self.announced, Place::Payments);
        equal(&name("payments balance by objects"), of(&self.held, Place::Payments) - reserved, payments)?;
        equal(&name("payments balance by lines"), self.statement(who, "payments", currency), payments)?;

        let issuing = shown("issuing");
        let elsewhere = of(&self.on_hold, Place::Issuing) + of(&self.on_the_way, Place::Issuing);
        equal(&name("Issuing balance by objects"), of(&self.held, Place::Issuing) - elsewhere, issuing)?;
        equal(&name("Issuing balance by lines"), self.statement(who, "issuing", currency), issuing)?;

        let reserve = self.lines[who]
            .iter()
            .filter(|line| line.text("type") == "reserve_transaction" && line.text("currency") == currency);
        equal(&name("reserve by lines"), -reserve.map(net).sum::<i64>(), reserved)?;
        Ok(payments + reserved + issuing + elsewhere)
    }

    /// Compares the financial accounts. Returns their total.
    fn check_financial_accounts(&self, run: &Run) -> Check<i64> {
        let mut all = 0;
        for (who, id) in run.all("treasury.financial_account") {
            let account = run.get(*who, &format!("/v1/treasury/financial_accounts/{id}"))?;
            let found = account.int("balance.cash.usd") + account.int("balance.outbound_pending.usd");
            let expected = Self::of(&self.held, *who, Place::Financial(id.clone()), "usd");
            equal(&format!("in {id}"), expected, found)?;
            all += found;
        }
        Ok(all)
    }
}
