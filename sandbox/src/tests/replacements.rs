//! Replacement cards.

use crate::Sandbox;
use crate::tests::support::{HOLDER, get, post};
use crate::{Json, Peek};

const SHIPPING: &str = "&shipping[name]=Ada&shipping[address][line1]=1&shipping[address][city]=T\
    &shipping[address][country]=US&shipping[address][postal_code]=94103";

struct Cards {
    sandbox: Sandbox,
    account: String,
    holder: String,
}

impl Cards {
    fn new(seed: u64) -> Self {
        let sandbox = Sandbox::new(seed);
        let account = sandbox.connect().into_id();
        let holder = post(&sandbox, &account, "/v1/issuing/cardholders", HOLDER).json().text("id").to_owned();
        Self { sandbox, account, holder }
    }

    fn post(&self, path: &str, form: &str) -> (u16, Json) {
        let reply = post(&self.sandbox, &self.account, path, form);
        (reply.status, reply.json())
    }

    fn make(&self, kind: &str, more: &str) -> (u16, Json) {
        let shipping = if kind == "physical" { SHIPPING } else { "" };
        let form = format!("type={kind}&currency=usd&cardholder={}{shipping}{more}", self.holder);
        self.post("/v1/issuing/cards", &form)
    }

    /// An active card.
    fn card(&self, kind: &str) -> Json {
        let (status, card) = self.make(kind, "&status=active");
        assert_eq!(status, 200, "{card}");
        card
    }

    fn update(&self, card: &Json, form: &str) -> Json {
        let (status, card) = self.post(&format!("/v1/issuing/cards/{}", card.text("id")), form);
        assert_eq!(status, 200, "{card}");
        card
    }

    fn now(&self, card: &Json) -> Json {
        let path = format!("/v1/issuing/cards/{}?expand[]=number&expand[]=cvc", card.text("id"));
        get(&self.sandbox, &self.account, &path).json()
    }

    fn replace(&self, old: &Json, reason: &str, more: &str) -> (u16, Json) {
        let form = format!("&replacement_for={}&replacement_reason={reason}{more}", old.text("id"));
        self.make(old.text("type"), &form)
    }
}

/// Which replacements are possible, by type of card, reason, and the cancellation of the old card.
#[test]
fn reason_determines_the_required_state_of_the_old_card() {
    for (kind, reason, canceled, status, param) in [
        ("virtual", "damaged", None, 400, "replacement_reason"),
        ("physical", "damaged", None, 200, ""),
        ("physical", "damaged", Some(""), 200, ""),
        ("virtual", "expired", None, 200, ""),
        ("physical", "expired", None, 200, ""),
        ("virtual", "expired", Some(""), 200, ""),
        ("virtual", "lost", None, 400, "replacement_for"),
        ("virtual", "lost", Some(""), 400, "replacement_for"),
        ("virtual", "lost", Some("stolen"), 400, "replacement_for"),
        ("virtual", "lost", Some("lost"), 200, ""),
        ("physical", "lost", Some("lost"), 200, ""),
        ("virtual", "stolen", None, 400, "replacement_for"),
        ("virtual", "stolen", Some("lost"), 400, "replacement_for"),
        ("virtual", "stolen", Some("stolen"), 200, ""),
    ] {
        let cards = Cards::new(1);
        let old = cards.card(kind);
        match canceled {
            Some("") => drop(cards.update(&old, "status=canceled")),
            Some(reason) => {
                drop(cards.update(&old, &format!("status=canceled&cancellation_reason={reason}")))
            }
            None => {}
        }
        let (found, reply) = cards.replace(&old, reason, "");
        assert_eq!(
            (found, reply.text("error.param")),
            (status, param),
            "{kind} {reason} {canceled:?}: {reply}"
        );
    }
}

#[test]
fn number_is_kept_unless_the_card_was_lost_or_stolen() {
    for (reason, canceled, keeps) in
        [("expired", "", true), ("lost", "lost", false), ("stolen", "stolen", false)]
    {
        let cards = Cards::new(2);
        let old = cards.card("virtual");
        if !canceled.is_empty() {
            cards.update(&old, &format!("status=canceled&cancellation_reason={canceled}"));
        }
        let (status, new) = cards.replace(&old, reason, "");
        assert_eq!(status, 200, "{new}");
        let (before, after) = (cards.now(&old), cards.now(&new));
        assert_eq!(before.text("number") == after.text("number"), keeps, "{reason}");
        assert_eq!(before.text("last4") == after.text("last4"), keeps, "{reason}");
        assert_ne!(before.text("cvc"), after.text("cvc"), "{reason}");
        let expiry = |card: &Json| (card.int("exp_year"), card.int("exp_month"));
        assert!(!keeps || expiry(&after) > expiry(&before), "{reason}: a new expiry");
        assert_eq!(before.text("replaced_by"), new.text("id"));
    }
}

#[test]
fn activated_replacement_cancels_the_old_card_with_an_event() {
    for (kind, reason) in [("physical", "damaged"), ("physical", "expired"), ("virtual", "expired")] {
        for at_once in [false, true] {
            let cards = Cards::new(3);
            let old = cards.card(kind);
            let (status, new) = cards.replace(&old, reason, if at_once { "&status=active" } else { "" });
            assert_eq!(status, 200, "{new}");
            if !at_once {
                assert_eq!(cards.now(&old).text("status"), "active", "both cards work until then");
                cards.update(&new, "status=active");
            }
            let gone = cards.now(&old);
            assert_eq!(
                (gone.text("status"), gone.at("cancellation_reason")),
                ("canceled", None),
                "{kind} {reason}"
            );
            let events = cards.sandbox.state().events();
            let told = events.iter().rfind(|event| event.text("type") == "issuing_card.updated").unwrap();
            assert_eq!(told.text("data.object.id"), old.text("id"));
            assert_eq!(told.text("data.object.status"), "canceled");
            assert_eq!(told.text("data.previous_attributes.status"), "active");
            if kind == "physical" {
                assert_eq!(gone.text("shipping.status"), "canceled", "its production is canceled");
            }
        }
    }
}

#[test]
fn previously_canceled_card_is_unchanged() {
    let cards = Cards::new(4);
    let old = cards.card("virtual");
    cards.update(&old, "status=canceled&cancellation_reason=lost");
    let (_, new) = cards.replace(&old, "lost", "");
    let count = || cards.sandbox.state().events().len();
    let before = count();
    cards.update(&new, "status=active");
    assert_eq!(count() - before, 1, "only the event of the new card");
    assert_eq!(cards.now(&old).text("cancellation_reason"), "lost");
    // Deactivating and activating it again has no further effect.
    cards.update(&new, "status=inactive");
    assert_eq!(cards.update(&new, "status=active").text("status"), "active");
}
