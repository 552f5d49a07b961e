//! A run: a sandbox with three accounts, its history, and the properties that hold around every step.

use crate::Sandbox;
use crate::engine::{BalanceKind, CurrencyCode, Json, Peek};
use crate::router::Response;
use crate::tests::properties::balances::Balances;
use crate::tests::properties::dice::Dice;
use crate::tests::properties::play::is_thorough;
use crate::tests::properties::steps::{self, Part};
use crate::tests::properties::told::Told;
use http::Method;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

/// The index of the platform among the accounts.
pub const PLATFORM: usize = 0;
/// The platform and two connected accounts.
pub const ACCOUNTS: usize = 3;

/// The result of a step, or how the sandbox is wrong.
pub type Check<T = ()> = Result<T, String>;

/// Whether a step may leave a balance negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum May {
    /// It must be rejected instead.
    Spend,
    /// A merchant, a customer or a bank takes money that cannot be declined.
    Overdraw,
}

/// The object of a step.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The account of the request.
    pub who: usize,
    pub id: String,
    /// Whether it exists in this account.
    pub theirs: bool,
}

/// An answered request that may be repeated.
#[derive(Debug)]
struct Repeat {
    who: usize,
    path: String,
    form: String,
    key: String,
    until: i64,
    answer: (u16, Vec<u8>),
}

/// A fingerprint that must not change without an effect: the numbers of objects (including events) and postings, and
/// in thorough runs all objects.
#[derive(Debug, Default, PartialEq, Eq)]
struct Print {
    objects: usize,
    movements: usize,
    contents: u64,
}

/// How often each kind of step succeeded and failed, and how often each part had a thorough run.
pub type Tally = BTreeMap<&'static str, (u32, u32)>;

pub struct Run {
    pub sandbox: Sandbox,
    pub dice: Dice,
    pub accounts: [String; ACCOUNTS],
    pub told: Told,
    /// The human-readable history.
    pub tale: Vec<String>,
    pub tally: Tally,
    step: &'static str,
    known: HashMap<String, Vec<(usize, String)>>,
    balances: Balances,
    repeats: Vec<Repeat>,
    thorough: bool,
}

impl Run {
    pub fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new(seed);
        // Where the settings of an account do not matter it is only connected, since creating its object is slow.
        let part = steps::favourite(seed);
        let first = match part {
            Part::Money | Part::All => sandbox.connect().into_id(),
            Part::Cards | Part::Treasury => "acct_1first".to_owned(),
        };
        let second = "acct_1second".to_owned();
        for account in [&first, &second] {
            sandbox.state().connect(account.as_str());
        }
        let accounts = [sandbox.platform(), first, second];
        let thorough = is_thorough(seed);
        Self {
            sandbox,
            dice: Dice::new(seed),
            accounts,
            told: Told::default(),
            tale: Vec::new(),
            tally: if thorough { Tally::from([(part.name(), (1, 0))]) } else { Tally::new() },
            step: "begin",
            known: HashMap::new(),
            balances: Balances::default(),
            repeats: Vec::new(),
            thorough,
        }
    }

    /// Funds the accounts.
    pub fn begin(&mut self) -> Check {
        for who in 0..ACCOUNTS {
            for (kind, currency) in [
                (BalanceKind::Available, "usd"),
                (BalanceKind::Issuing, "usd"),
                (BalanceKind::Available, "eur"),
                (BalanceKind::Issuing, "eur"),
            ] {
                if self.dice.below(3) > 0 {
                    self.fund(who, kind, currency)?;
                }
            }
        }
        if self.thorough {
            self.balances = Balances::read(self)?;
        }
        Ok(())
    }

    /// Whether this run makes additional, slower checks.
    pub fn is_thorough(&self) -> bool {
        self.thorough
    }

    fn fund(&mut self, who: usize, kind: BalanceKind, currency: &'static str) -> Check {
        let amount = self.dice.one_of(&[1, 2, 10]) * self.dice.amount();
        let place = if kind == BalanceKind::Issuing {
            crate::tests::properties::told::Place::Issuing
        } else {
            crate::tests::properties::told::Place::Payments
        };
        let code = CurrencyCode::parse(currency).unwrap();
        self.sandbox.fund(&self.accounts[who], kind, code, amount).map_err(|refusal| refusal.to_string())?;
        self.told.outside(who, place, currency, amount);
        Ok(())
    }

    /// Makes a step and counts its result.
    pub fn take(&mut self, name: &'static str, step: fn(&mut Self) -> Check) -> Check {
        self.step = name;
        step(self).map_err(|problem| format!("{name}: {problem}"))
    }

    fn count(&mut self, done: bool) {
        let (yes, no) = self.tally.entry(self.step).or_default();
        *if done { yes } else { no } += 1;
    }

    fn account(&self, who: usize) -> &str {
        if who == PLATFORM { "" } else { &self.accounts[who] }
    }

    // Requests.

    /// Retrieves an existing object.
    pub fn get(&self, who: usize, path: &str) -> Check<Json> {
        let reply = crate::tests::support::get(&self.sandbox, self.account(who), path);
        if reply.status == 200 { Ok(reply.json()) } else { Err(format!("GET {path}: {}", reply.json())) }
    }

    /// All objects of a list, page by page.
    pub fn list(&self, who: usize, path: &str) -> Check<Vec<Json>> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = self.get(who, &format!("{path}{joint}limit=100{after}"))?;
            all.extend_from_slice(page.items("data"));
            match page.items("data").last().filter(|_| page.flag("has_more")) {
                Some(last) => after = format!("&starting_after={}", last.text("id")),
                None => return Ok(all),
            }
        }
    }

    /// As [`Run::list`], for a kind of objects that clients create; only a thorough run lists a kind without objects.
    pub fn list_made(&self, who: usize, kind: &str, path: &str) -> Check<Vec<Json>> {
        let made = self.all(kind).iter().any(|(owner, _)| *owner == who);
        if made || self.thorough { self.list(who, path) } else { Ok(Vec::new()) }
    }

    /// Retrieves an object that may not exist; this must not change anything.
    pub fn look(&mut self, who: usize, path: &str) -> Check {
        self.tale.push(format!("account {who}: GET {path}"));
        let before = self.print();
        let reply = crate::tests::support::get(&self.sandbox, self.account(who), path);
        self.count(reply.status == 200);
        if reply.status >= 500 {
            return Err(format!("{path}: {}", reply.json()));
        }
        same("a GET changed something", &before, &self.print())
    }

    /// Makes a POST, often with an idempotency key, and then more than once. Returns the reply if it succeeded.
    pub fn post(&mut self, who: usize, path: &str, form: &str, may: May) -> Check<Option<Json>> {
        let key = self.dice.once_in(3).then(|| format!("key_{}", self.tale.len()));
        self.tale.push(format!("account {who}: POST {path} {form}{}", key.as_deref().unwrap_or("")));
        let (before, earlier) = (self.print(), self.balances.clone());
        let reply = self.send(who, path, form, key.as_deref());
        self.read_balances(&before)?;
        let body = reply.json();
        self.count(reply.status == 200);
        match reply.status {
            200 => self.learn(who, &body),
            // A payment that is declined is an attempt, which stays.
            402 => same("a decline moved money", &earlier, &self.balances)?,
            400..=499 => {
                same(&format!("a refusal changed something ({body})"), &before, &self.print())?;
                same("a refusal moved money", &earlier, &self.balances)?;
            }
            other => return Err(format!("status {other}: {body}")),
        }
        self.overdraft(&earlier, may)?;
        if let Some(key) = key {
            self.again(Repeat {
                who,
                path: path.to_owned(),
                form: form.to_owned(),
                key,
                until: self.now() + 86_400,
                answer: (reply.status, reply.body.to_vec()),
            })?;
        }
        Ok((reply.status == 200).then_some(body))
    }

    /// As [`Run::post`], about an object. If it does not exist in the account, the request must fail.
    pub fn post_about(&mut self, subject: &Subject, path: &str, form: &str, may: May) -> Check<Option<Json>> {
        let reply = self.post(subject.who, path, form, may)?;
        match reply {
            Some(reply) if !subject.theirs => Err(format!("reached {}: {reply}", subject.id)),
            reply => Ok(reply),
        }
    }

    fn send(&self, who: usize, path: &str, form: &str, key: Option<&str>) -> Response {
        let headers: Vec<_> = key.map(|key| ("idempotency-key", key)).into_iter().collect();
        self.sandbox.handle(&crate::tests::support::request(
            Method::POST,
            path,
            form,
            self.account(who),
            &headers,
        ))
    }

    /// Repeats a request with its key, which must return the same reply without another effect; a different request
    /// with the key must fail.
    fn again(&mut self, repeat: Repeat) -> Check {
        let before = self.print();
        let reply = self.send(repeat.who, &repeat.path, &repeat.form, Some(&repeat.key));
        // A request that fails before it is processed is validated again: a new request with another log URL.
        let unlogged = |body: &[u8]| {
            let mut body: Json = serde_json::from_slice(body).unwrap_or_default();
            if let Some(Json::Object(error)) = body.get_mut("error") {
                error.remove("request_log_url");
            }
            body
        };
        if (reply.status, unlogged(&reply.body)) != (repeat.answer.0, unlogged(&repeat.answer.1)) {
            return Err(format!("a retry of {} was answered with {}", repeat.path, reply.json()));
        }
        same("a retry changed something", &before, &self.print())?;
        if self.thorough {
            same("a retry moved money", &self.balances, &Balances::read(self)?)?;
        }
        if reply.header("idempotent-replayed").is_some() {
            let other = format!("{}&description=other", repeat.form);
            let reply = self.send(repeat.who, &repeat.path, &other, Some(&repeat.key));
            if reply.status != 400 || reply.json().text("error.type") != "idempotency_error" {
                return Err(format!("a key was used for two requests: {}", reply.json()));
            }
            same("the second request with a key changed something", &before, &self.print())?;
            self.repeats.push(repeat);
        } else if reply.status == 200 {
            return Err(format!("a retry of {} was done anew", repeat.path));
        }
        Ok(())
    }

    /// Repeats an earlier request.
    pub fn repeat_late(&mut self) -> Check {
        let now = self.now();
        self.repeats.retain(|repeat| repeat.until > now);
        if self.repeats.is_empty() {
            return Ok(());
        }
        let place = self.dice.below(self.repeats.len());
        let repeat = self.repeats.swap_remove(place);
        self.tale.push(format!("account {}: once more {}", repeat.who, repeat.path));
        self.count(true);
        self.again(repeat)
    }

    // Actions from outside the API.

    /// Makes an action from outside the API. If it fails, it must not have changed anything.
    pub fn outside<T, E: Debug>(
        &mut self,
        what: &str,
        may: May,
        happen: impl FnOnce(&Sandbox) -> Result<T, E>,
    ) -> Check<Option<T>> {
        self.tale.push(format!("outside: {what}"));
        let (before, earlier) = (self.print(), self.balances.clone());
        let done = happen(&self.sandbox);
        self.read_balances(&before)?;
        self.count(done.is_ok());
        if let Err(refusal) = &done {
            same(&format!("a refusal changed something ({refusal:?})"), &before, &self.print())?;
        }
        self.overdraft(&earlier, may)?;
        Ok(done.ok())
    }

    /// Advances the clock.
    pub fn advance(&mut self, wait: Duration) -> Check {
        self.tale.push(format!("the clock moves by {wait:?}"));
        let (before, earlier) = (self.print(), self.balances.clone());
        self.sandbox.advance(wait);
        self.read_balances(&before)?;
        self.count(true);
        self.overdraft(&earlier, May::Spend)
    }

    fn now(&self) -> i64 {
        self.sandbox.state().clock.now()
    }

    fn overdraft(&self, earlier: &Balances, may: May) -> Check {
        if may == May::Overdraw {
            return Ok(());
        }
        self.balances.overdrawn_since(earlier).map_or(Ok(()), Err)
    }

    /// Retrieves the balances; except in a thorough run, only of accounts with postings since `then`.
    fn read_balances(&mut self, then: &Print) -> Check {
        let mut touched = [self.thorough; ACCOUNTS];
        for posting in self.sandbox.state().ledger.postings().iter().skip(then.movements) {
            for (purse, _) in &posting.legs {
                for (who, id) in self.accounts.iter().enumerate() {
                    touched[who] |= **id == *purse.scope.account;
                }
            }
        }
        let mut balances = std::mem::take(&mut self.balances);
        for who in (0..ACCOUNTS).filter(|who| touched[*who]) {
            balances.refresh(self, who)?;
        }
        self.balances = balances;
        Ok(())
    }

    // Known objects.

    /// Remembers an object for later steps.
    fn learn(&mut self, who: usize, object: &Json) {
        let (kind, id) = (object.text("object"), object.text("id"));
        if !id.is_empty() {
            self.know(kind, who, id);
        }
        // Most steps on these require a certain state.
        for (state, reached) in [
            ("approved authorization", kind == "issuing.authorization" && object.flag("approved")),
            ("question", kind == "issuing.authorization" && object.at("pending_request").is_some()),
            ("captured", kind == "issuing.transaction" && object.text("type") == "capture"),
        ] {
            if reached {
                self.know(state, who, id);
            }
        }
    }

    pub fn know(&mut self, kind: &str, who: usize, id: &str) {
        let ids = self.known.entry(kind.to_owned()).or_default();
        if ids.iter().all(|(_, known)| known != id) {
            ids.push((who, id.to_owned()));
        }
    }

    /// The known objects of a kind, with their accounts.
    pub fn all(&self, kind: &str) -> &[(usize, String)] {
        self.known.get(kind).map_or(&[], Vec::as_slice)
    }

    /// An object of a kind: mostly an existing one, occasionally one of another account, or an unknown id.
    pub fn some(&mut self, kind: &str) -> Subject {
        let count = self.all(kind).len();
        if count == 0 || self.dice.once_in(24) {
            let who = self.dice.below(ACCOUNTS);
            return Subject { who, id: format!("none_{}", self.tale.len()), theirs: false };
        }
        let (owner, id) = self.known[kind][self.dice.below(count)].clone();
        let who = if self.dice.once_in(24) { self.dice.below(ACCOUNTS) } else { owner };
        Subject { who, id, theirs: who == owner }
    }

    fn print(&self) -> Print {
        let world = self.sandbox.state();
        let mut print = Print { movements: world.ledger.postings().len(), ..Print::default() };
        for store in world.scopes().filter_map(|scope| world.store(scope)) {
            for object in store.all() {
                print.objects += 1;
                if self.thorough {
                    let mut hasher = DefaultHasher::new();
                    object.to_string().hash(&mut hasher);
                    store.notes(object.text("id")).to_string().hash(&mut hasher);
                    print.contents = print.contents.wrapping_add(hasher.finish());
                }
            }
        }
        print
    }
}

fn same<T: PartialEq + Debug>(what: &str, before: &T, after: &T) -> Check {
    if before == after { Ok(()) } else { Err(format!("{what}: {before:?} became {after:?}")) }
}
