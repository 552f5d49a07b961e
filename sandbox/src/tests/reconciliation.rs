//! Reconciliation by a user: after random requests, some with faults and retries, every balance of every account is
//! computed from the balance transactions, payouts and top-ups that the API lists, and compared with `/v1/balance`.

use crate::Sandbox;
use crate::tests::properties::dice::Dice;
use crate::tests::support::{HOLDER, get, post, request, size};
use crate::{BalanceKind, CurrencyCode, Json, Peek};
use http::Method;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

const STEPS: usize = 80;

/// The balances of one account: by name and currency, in minor units.
type Balances = BTreeMap<(&'static str, String), i64>;

/// A program that uses the API, and remembers its own requests.
struct User {
    sandbox: Sandbox,
    dice: Dice,
    /// The platform (empty, as in requests) and three connected accounts with their currencies.
    accounts: [(String, &'static str); 4],
    cards: Vec<(usize, String)>,
    charges: Vec<(usize, String)>,
    /// Top-ups of the Issuing balance, since the reply does not contain the balance.
    issuing_topups: BTreeSet<String>,
    requests: u64,
    seen: BTreeMap<&'static str, u32>,
    tale: Vec<String>,
}

impl User {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new(seed);
        let connect = |country: &str| {
            let form = format!(
                "country={country}&controller[stripe_dashboard][type]=none&controller[fees][payer]=application\
                 &controller[losses][payments]=application&controller[requirement_collection]=application\
                 &capabilities[transfers][requested]=true&capabilities[card_issuing][requested]=true\
                 &settings[payouts][schedule][interval]=manual"
            );
            let made = post(&sandbox, "", "/v1/accounts", &form);
            assert_eq!(made.status, 200, "{}", made.json());
            made.json().text("id").to_owned()
        };
        let accounts = [
            (String::new(), "usd"),
            (sandbox.connect().into_id(), "usd"),
            (sandbox.connect().into_id(), "usd"),
            (connect("GB"), "gbp"),
        ];
        let user = Self {
            sandbox,
            dice: Dice::new(seed),
            accounts,
            cards: Vec::new(),
            charges: Vec::new(),
            issuing_topups: BTreeSet::new(),
            requests: 0,
            seen: BTreeMap::new(),
            tale: Vec::new(),
        };
        for who in 0..3 {
            fund_cards(&user, who);
        }
        for who in 1..3 {
            let bank = if who == 1 { "000123456789" } else { "000111111116" };
            let form = format!(
                "external_account[object]=bank_account&external_account[country]=US&external_account[currency]=usd\
                 &external_account[routing_number]=110000000&external_account[account_number]={bank}"
            );
            let path = format!("/v1/accounts/{}/external_accounts", user.accounts[who].0);
            assert_eq!(post(&user.sandbox, "", &path, &form).status, 200);
        }
        user
    }

    fn account(&self, who: usize) -> &str {
        &self.accounts[who].0
    }

    /// The account's id, also of the platform.
    fn id(&self, who: usize) -> String {
        if who == 0 { self.sandbox.platform() } else { self.accounts[who].0.clone() }
    }

    /// Makes a POST with an idempotency key until there is a reply; `None` if it failed.
    fn post(&mut self, what: &'static str, who: usize, path: &str, form: &str) -> Option<Json> {
        self.requests += 1;
        let key = format!("key_{}", self.requests);
        if self.dice.once_in(4) {
            let faults = || self.sandbox.faults().on(format!("POST {}", template(path)));
            match self.dice.below(4) {
                0 => faults().status(503),
                1 => faults().status_after_commit(500),
                2 => faults().reset(),
                _ => faults().reset_after_commit(),
            }
            *self.seen.entry("faults").or_default() += 1;
        }
        let send = || {
            let headers = [("idempotency-key", key.as_str())];
            self.sandbox.handle(&request(Method::POST, path, form, self.account(who), &headers))
        };
        let mut reply = send();
        while reply.status >= 500 || reply.wire.ending != crate::Ending::Whole {
            reply = send();
        }
        self.tale.push(format!("account {who}: POST {path} {form}: {}", reply.status));
        (reply.status == 200).then(|| {
            *self.seen.entry(what).or_default() += 1;
            reply.json()
        })
    }

    /// All objects of a list.
    fn list(&self, who: usize, path: &str) -> Vec<Json> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = get(&self.sandbox, self.account(who), &format!("{path}?limit=100{after}")).json();
            all.extend_from_slice(page.items("data"));
            match page.items("data").last().filter(|_| page.flag("has_more")) {
                Some(last) => after = format!("&starting_after={}", last.text("id")),
                None => return all,
            }
        }
    }

    fn some(&mut self, who: usize, path: &str) -> Option<String> {
        let all = self.list(who, path);
        if all.is_empty() {
            return None;
        }
        let at = self.dice.below(all.len());
        Some(all[at].text("id").to_owned())
    }

    fn card(&mut self) -> Option<(usize, String)> {
        if !self.cards.is_empty() && !self.dice.once_in(5) {
            let at = self.dice.below(self.cards.len());
            return Some(self.cards[at].clone());
        }
        let who = self.dice.below(3);
        let holder = self.post("cardholder", who, "/v1/issuing/cardholders", HOLDER)?;
        let form = format!("type=virtual&currency=usd&status=active&cardholder={}", holder.text("id"));
        let card = self.post("card", who, "/v1/issuing/cards", &form)?.text("id").to_owned();
        self.cards.push((who, card.clone()));
        Some((who, card))
    }

    fn step(&mut self) -> Option<()> {
        let who = self.dice.below(4);
        let currency = self.accounts[who].1;
        let amount = self.dice.amount();
        let code = CurrencyCode::parse(currency)?;
        match self.dice.below(24) {
            0..=2 => {
                let charge = self.sandbox.payments().receive(self.id(who), amount, code).ok()?;
                self.charges.push((who, charge));
            }
            3 => {
                let to = 1 + self.dice.below(3);
                let code = CurrencyCode::parse(self.accounts[to].1)?;
                let fee = i64::try_from(self.dice.below(10)).ok()?.min(amount);
                self.sandbox.accounts().charge(self.id(to), amount, fee, code).ok()?;
            }
            4 => {
                // Including payments that were already paid out; the account then has a debt.
                let (_, charge) = self.charges.get(self.dice.below(self.charges.len().max(1)))?.clone();
                self.sandbox.payments().refund(&charge, amount).ok()?;
                *self.seen.entry("refund").or_default() += 1;
            }
            5..=6 => {
                let issuing = self.dice.once_in(2);
                let to = if issuing { "&destination_balance=issuing" } else { "" };
                let source =
                    self.dice.one_of(&["", "&source=btok_us_verified", "&source=btok_us_verified_noAccount"]);
                let form = format!("amount={amount}&currency=usd{to}{source}");
                let topup = self.post("top-up", who.min(2), "/v1/topups", &form)?;
                if issuing {
                    self.issuing_topups.insert(topup.text("id").to_owned());
                }
            }
            7 => {
                let id = self.some(who, "/v1/topups")?;
                self.post("top-up canceled", who, &format!("/v1/topups/{id}/cancel"), "")?;
            }
            8 => {
                let form = format!("amount={amount}&currency=gbp");
                self.post("funds pushed", 3, "/v1/test_helpers/issuing/fund_balance", &form)?;
            }
            9..=10 => {
                let to = 1 + self.dice.below(2);
                let form = format!("amount={amount}&currency=usd&destination={}", self.id(to));
                self.post("transfer", 0, "/v1/transfers", &form)?;
            }
            11 => {
                // May exceed the account's balance.
                let id = self.some(0, "/v1/transfers")?;
                self.post("reversal", 0, &format!("/v1/transfers/{id}/reversals"), "")?;
            }
            12..=13 => {
                // Often the complete balance, so that later returns cause a debt.
                let who = 1 + self.dice.below(2);
                let all = self.shown(who).get(&("available", "usd".to_owned())).copied().unwrap_or_default();
                let amount = if self.dice.once_in(2) { amount } else { all.max(1) };
                self.post("payout", who, "/v1/payouts", &format!("amount={amount}&currency=usd"))?;
            }
            14 => {
                let (who, form) =
                    (1 + self.dice.below(2), format!("amount={amount}&currency=usd&source_balance=issuing"));
                self.post("payout from Issuing", who, "/v1/payouts", &form)?;
            }
            15 => {
                let who = 1 + self.dice.below(2);
                let id = self.some(who, "/v1/payouts")?;
                self.post("payout canceled", who, &format!("/v1/payouts/{id}/cancel"), "")?;
            }
            16 => {
                let (from, to) = self.dice.one_of(&[("payments", "issuing"), ("issuing", "payments")]);
                let form = format!(
                    "amount={amount}&currency={currency}&source_balance[type]={from}&destination_balance[type]={to}"
                );
                self.post("balance transfer", who, "/v1/balance_transfers", &form)?;
            }
            17..=18 => {
                let (who, card) = self.card()?;
                let form = format!("card={card}&amount={amount}");
                self.post("authorization", who, "/v1/test_helpers/issuing/authorizations", &form)?;
            }
            19 => {
                let who = self.dice.below(3);
                let open = self.list(who, "/v1/issuing/authorizations");
                let open = open.iter().find(|one| one.flag("approved") && one.text("status") == "pending")?;
                let id = open.text("id").to_owned();
                let what = self.dice.one_of(&["capture", "reverse", "expire"]);
                let path = format!("/v1/test_helpers/issuing/authorizations/{id}/{what}");
                self.post("end of an authorization", who, &path, "")?;
            }
            20 => {
                let (who, card) = self.card()?;
                let form = format!("card={card}&amount={amount}");
                let path = "/v1/test_helpers/issuing/transactions/create_force_capture";
                let spent = self.post("force capture", who, path, &form)?;
                let form = format!(
                    "transaction={}&evidence[reason]=fraudulent&evidence[fraudulent][explanation]=x",
                    spent.text("id")
                );
                let dispute = self.post("dispute", who, "/v1/issuing/disputes", &form)?;
                self.post(
                    "dispute submitted",
                    who,
                    &format!("/v1/issuing/disputes/{}/submit", dispute.text("id")),
                    "",
                )?;
                self.sandbox.disputes().win(dispute.text("id")).ok()?;
            }
            21 => {
                let who = self.dice.below(3);
                let id = self.some(who, "/v1/issuing/transactions")?;
                let path = format!("/v1/test_helpers/issuing/transactions/{id}/refund");
                self.post("refund of a capture", who, &path, "")?;
            }
            _ => {
                let days = self.dice.one_of(&[0, 1, 1, 2, 3, 7, 10, 185]);
                let seconds = u64::try_from(self.dice.below(86_400)).ok()?;
                self.tale.push(format!("{days} days pass"));
                self.sandbox.advance(Duration::from_secs(days * 86_400 + seconds));
            }
        }
        Some(())
    }

    /// The balances of an account, computed from the listed objects.
    fn computed(&self, who: usize) -> Balances {
        let mut sums = Balances::new();
        let mut add = |name, currency: &str, amount: i64| {
            *sums.entry((name, currency.to_owned())).or_default() += amount;
        };
        for line in self.list(who, "/v1/balance_transactions") {
            let (currency, net) = (line.text("currency"), line.int("net"));
            // A payout is deducted immediately, whenever it arrives.
            let waits = line.text("status") == "pending" && line.text("type") != "payout";
            match (line.text("balance_type"), waits) {
                ("payments", false) => add("available", currency, net),
                ("payments", true) => add("pending", currency, net),
                ("issuing", _) => add("issuing", currency, net),
                other => panic!("{other:?}"),
            }
            if line.text("type") == "reserve_transaction" {
                add("connect_reserved", currency, -net);
            }
        }
        // A top-up has no balance transaction until it arrives.
        for topup in self.list(who, "/v1/topups").iter().filter(|topup| topup.text("status") == "pending") {
            if !self.issuing_topups.contains(topup.text("id")) {
                add("pending", topup.text("currency"), topup.int("amount"));
            }
        }
        sums.retain(|_, amount| *amount != 0);
        sums
    }

    /// The balances that the API returns.
    fn shown(&self, who: usize) -> Balances {
        let reply = get(&self.sandbox, self.account(who), "/v1/balance").json();
        let places = [
            ("available", "available"),
            ("pending", "pending"),
            ("issuing", "issuing.available"),
            ("connect_reserved", "connect_reserved"),
        ];
        let mut all = Balances::new();
        for (name, path) in places {
            for entry in reply.items(path) {
                all.insert((name, entry.text("currency").to_owned()), entry.int("amount"));
            }
        }
        all.retain(|_, amount| *amount != 0);
        all
    }

    fn reconcile(&mut self, seed: u64) {
        for who in 0..self.accounts.len() {
            let (computed, shown) = (self.computed(who), self.shown(who));
            for name in ["pending", "issuing", "connect_reserved"] {
                if shown.keys().any(|(shown, _)| *shown == name) {
                    *self.seen.entry(name).or_default() += 1;
                }
            }
            assert_eq!(computed, shown, "seed {seed}, account {who}: {:#?}", self.tale);
        }
    }
}

/// Initial money for cards.
fn fund_cards(user: &User, who: usize) {
    user.sandbox.fund(user.id(who), BalanceKind::Issuing, CurrencyCode::USD, 3000).unwrap();
}

/// The path template in the document.
fn template(path: &str) -> &'static str {
    match crate::spec::find("POST", path) {
        crate::spec::RouteMatch::Operation(operation, _) => operation.path,
        other => panic!("{path}: {other:?}"),
    }
}

#[test]
fn balances_equal_the_sum_of_listed_objects() {
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    let runs = size("random runs of a user", 10, 40);
    for seed in 0..runs {
        let mut user = User::new(seed);
        user.sandbox.fund(user.sandbox.platform(), BalanceKind::Available, CurrencyCode::USD, 2000).unwrap();
        for step in 0..STEPS {
            // A failed or impossible step is ignored.
            let _ = user.step();
            if step % 10 == 9 {
                user.reconcile(seed);
            }
        }
        for (name, times) in user.seen {
            *seen.entry(name).or_default() += times;
        }
    }
    println!("{seen:?}");
    assert!(seen.get("connect_reserved").is_some_and(|times| u64::from(*times) >= runs / 10), "{seen:?}");
    for name in [
        "dispute submitted",
        "end of an authorization",
        "faults",
        "funds pushed",
        "issuing",
        "payout",
        "payout canceled",
        "payout from Issuing",
        "pending",
        "refund",
        "refund of a capture",
        "reversal",
        "top-up",
        "top-up canceled",
        "transfer",
        "balance transfer",
    ] {
        assert!(seen.get(name).is_some_and(|times| u64::from(*times) >= runs / 4), "{name}: {seen:?}");
    }
}
