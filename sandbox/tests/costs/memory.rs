//! The memory that the sandbox keeps per request of each kind, counted by allocations: the same on every machine.

use crate::support::size;
use stripe_platform::Currency;
use stripe_sandbox::{BalanceKind, Options, Peek, Response, Sandbox};

/// After this number of requests all growing buffers have been doubled often enough.
const REQUESTS: usize = 2_000;

/// A kind of request, made with a unique number.
type Ask = fn(&Desk, usize) -> Response;

/// A sandbox with existing objects: a top-up, an account, a cardholder and a card.
struct Desk {
    sandbox: Sandbox,
    topup: String,
    account: String,
    holder: String,
    card: String,
}

impl Desk {
    fn new(journal: bool) -> Self {
        let sandbox = Sandbox::with(1, Options { journal, ..Options::default() });
        sandbox.fund(sandbox.platform(), BalanceKind::Available, Currency::USD, 1_000_000).unwrap();
        let made = crate::support::post_once(&sandbox, "", "/v1/topups", TOPUP, "first").json();
        let topup = format!("/v1/topups/{}", made.text("id"));
        let account = sandbox.connect().into_id();
        for kind in [BalanceKind::Available, BalanceKind::Issuing] {
            sandbox.fund(&account, kind, Currency::USD, 1_000_000).unwrap();
        }
        let mut desk = Self { sandbox, topup, account, holder: String::new(), card: String::new() };
        crate::support::post(&desk.sandbox, "", &format!("/v1/accounts/{}", desk.account), BANK);
        desk.holder =
            desk.post_there("/v1/issuing/cardholders", crate::support::HOLDER).json().text("id").into();
        desk.card = desk.post_there("/v1/issuing/cards", &desk.card_form()).json().text("id").into();
        desk
    }

    fn card_form(&self) -> String {
        format!("currency=usd&type=virtual&status=active&cardholder={}&{FREE}", self.holder)
    }

    /// For the account.
    fn post_there(&self, path: &str, form: &str) -> Response {
        crate::support::post(&self.sandbox, &self.account, path, form)
    }

    fn swipe(&self, path: &str) -> Response {
        let form = format!("card={}&amount=5", self.card);
        self.post_there(&format!("/v1/test_helpers/issuing/{path}"), &form)
    }

    fn post(&self, path: &str, form: &str) -> Response {
        crate::support::post(&self.sandbox, "", path, form)
    }

    fn post_once(&self, path: &str, form: &str, key: &str) -> Response {
        crate::support::post_once(&self.sandbox, "", path, form, key)
    }
}

const TOPUP: &str = "amount=5&currency=usd";
const FROM_BANK: &str = "amount=5&currency=usd&source=btok_us_verified";
const BANK: &str = "external_account=btok_us_verified&settings[payouts][schedule][interval]=manual";
/// Without spending limits.
const FREE: &str = "spending_controls[spending_limits][0][amount]=90000000\
    &spending_controls[spending_limits][0][interval]=per_authorization";
const REFUSED: &str = "amount=-5&currency=usd";

/// The request, its status, and the maximum number of bytes kept: with the journal (the default), and without.
const KINDS: &[(&str, Ask, u16, [usize; 2])] = &[
    ("read a balance", |desk, _| crate::support::get(&desk.sandbox, "", "/v1/balance"), 200, [60, 0]),
    ("read an object", |desk, _| crate::support::get(&desk.sandbox, "", &desk.topup), 200, [90, 0]),
    ("repeat with its key", |desk, _| desk.post_once("/v1/topups", TOPUP, "first"), 200, [60, 0]),
    ("refuse", |desk, _| desk.post("/v1/topups", REFUSED), 400, [140, 0]),
    ("update", |desk, n| desk.post(&desk.topup, &format!("description={n}")), 200, [90, 0]),
    (
        "update, with a key",
        |desk, n| desk.post_once(&desk.topup, &format!("description={n}"), &format!("key-{n}")),
        200,
        [290, 200],
    ),
    ("create", |desk, _| desk.post("/v1/topups", TOPUP), 200, [730, 630]),
    (
        "create, with a key",
        |desk, n| desk.post_once("/v1/topups", TOPUP, &format!("key-{n}")),
        200,
        [850, 750],
    ),
    ("create from a bank account", |desk, _| desk.post("/v1/topups", FROM_BANK), 200, [850, 750]),
    (
        "the same, with a key",
        |desk, n| desk.post_once("/v1/topups", FROM_BANK, &format!("key-{n}")),
        200,
        [970, 870],
    ),
    (
        "transfer",
        |desk, _| desk.post("/v1/transfers", &format!("amount=5&currency=usd&destination={}", desk.account)),
        200,
        [1600, 1500],
    ),
    ("pay out", |desk, _| desk.post_there("/v1/payouts", "amount=5&currency=usd"), 200, [1180, 1080]),
    (
        "make a cardholder",
        |desk, _| desk.post_there("/v1/issuing/cardholders", crate::support::HOLDER),
        200,
        [700, 600],
    ),
    ("make a card", |desk, _| desk.post_there("/v1/issuing/cards", &desk.card_form()), 200, [850, 750]),
    ("authorize", |desk, _| desk.swipe("authorizations"), 200, [2000, 1870]),
    ("capture by force", |desk, _| desk.swipe("transactions/create_force_capture"), 200, [1170, 1020]),
    ("open an account", |desk, _| desk.post("/v1/accounts", "type=custom&country=US"), 200, [530, 470]),
];

#[test]
fn memory_per_kind_of_request_is_limited() {
    crate::begin();
    // The default, which has a journal, is measured always.
    let columns = usize::try_from(size("columns", 1, 2)).unwrap();
    println!("{:30}{:>10}{:>10}", "", "journal", "without");
    for (name, ask, status, most) in KINDS {
        for (journal, most) in [true, false].into_iter().zip(most).take(columns) {
            let kept = kept(&Desk::new(journal), *ask, *status);
            println!("{name:30}{kept:>width$}", width = if journal { 10 } else { 20 });
            assert!(kept <= *most, "{name}: {kept}, at most {most}");
        }
    }
}

/// The average number of bytes kept per request.
fn kept(desk: &Desk, ask: Ask, status: u16) -> usize {
    let ask = |number: usize| {
        let reply = ask(desk, number);
        assert_eq!(reply.status, status, "{}", reply.json());
    };
    // Caches and decoded objects are filled before the measurement starts.
    (0..1100).for_each(ask);
    let counted = allocation_counter::measure(|| (1100..1100 + REQUESTS).for_each(ask));
    usize::try_from(counted.bytes_current.max(0)).unwrap() / REQUESTS
}

#[test]
fn mixed_requests_keep_less_than_sixty_bytes_each() {
    crate::begin();
    let requests = usize::try_from(size("mixed requests", 10_000, 200_000)).unwrap();
    let desk = Desk::new(false);
    let ask = |number: usize| {
        // Of a hundred requests five create an object; most read, some update, fail or are repeated.
        let (status, reply) = match number % 20 {
            0 => (200, desk.post_once("/v1/topups", TOPUP, &number.to_string())),
            1 | 2 => (200, desk.post_once("/v1/topups", TOPUP, "first")),
            3 | 4 => (400, desk.post("/v1/topups", REFUSED)),
            5 | 6 => (200, desk.post(&desk.topup, &format!("description={number}"))),
            7..=12 => (200, crate::support::get(&desk.sandbox, "", &desk.topup)),
            _ => (200, crate::support::get(&desk.sandbox, "", "/v1/balance")),
        };
        assert_eq!(reply.status, status, "{}", reply.json());
    };
    (0..2000).for_each(ask);
    let counted = allocation_counter::measure(|| (2000..2000 + requests).for_each(ask));
    let each = counted.bytes_current / i64::try_from(requests).unwrap();
    println!("{each} bytes per request in a mix of {requests}");
    assert!(each < 60, "{each} bytes are kept per request");
}
