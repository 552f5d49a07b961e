//! Why cards are declined, and how that is reported: in the error, in the charge and in the intent.

use crate::engine::{ApiError, Json, set};
use serde_json::json;

/// A way in which an issuer, or Stripe, declines a payment.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decline {
    /// The code of the error.
    pub(crate) code: &'static str,
    pub(crate) decline_code: &'static str,
    message: &'static str,
    /// The parameter that the card's holder could mend.
    param: Option<&'static str>,
    /// The code of the card network, if it is known.
    network: Option<&'static str>,
    /// Whether the payment was stopped before it reached the network.
    blocked: bool,
    advice: &'static str,
    /// The reason that the outcome of the charge shows.
    reason: &'static str,
}

const fn decline(
    code: &'static str,
    decline_code: &'static str,
    network: &'static str,
    advice: &'static str,
    message: &'static str,
) -> Decline {
    Decline {
        code,
        decline_code,
        message,
        param: None,
        network: Some(network),
        blocked: false,
        advice,
        reason: decline_code,
    }
}

const DECLINED: &str = "card_declined";
const LATER: &str = "try_again_later";
const NEVER: &str = "do_not_try_again";
const CHECK: &str = "confirm_card_data";

pub(crate) static GENERIC: Decline =
    decline(DECLINED, "generic_decline", "01", LATER, "The card was declined.");
pub(crate) static INSUFFICIENT_FUNDS: Decline =
    decline(DECLINED, "insufficient_funds", "51", LATER, "The card does not have enough funds.");
pub(crate) static LOST_CARD: Decline =
    decline(DECLINED, "lost_card", "41", NEVER, "The card was declined: it was reported lost.");
pub(crate) static STOLEN_CARD: Decline =
    decline(DECLINED, "stolen_card", "43", NEVER, "The card was declined: it was reported stolen.");
pub(crate) static VELOCITY: Decline = decline(
    DECLINED,
    "card_velocity_exceeded",
    "61",
    LATER,
    "The card was used too often or over its limit.",
);
pub(crate) static EXPIRED_CARD: Decline = Decline {
    param: Some("exp_month"),
    ..decline("expired_card", "expired_card", "54", CHECK, "The card has expired.")
};
pub(crate) static INCORRECT_CVC: Decline = Decline {
    param: Some("cvc"),
    ..decline("incorrect_cvc", "incorrect_cvc", "N7", CHECK, "The security code of the card is wrong.")
};
pub(crate) static INCORRECT_ZIP: Decline = Decline {
    param: Some("address_zip"),
    network: None,
    ..decline("incorrect_zip", "incorrect_zip", "", CHECK, "The postal code is not that of the card.")
};
pub(crate) static PROCESSING_ERROR: Decline = decline(
    "processing_error",
    "processing_error",
    "06",
    LATER,
    "The card could not be processed. Try again in a moment.",
);
pub(crate) static BLOCKED: Decline = Decline {
    network: None,
    blocked: true,
    reason: "highest_risk_level",
    ..decline(DECLINED, "fraudulent", "", NEVER, "The card was declined: the payment is too risky.")
};
pub(crate) static AUTHENTICATION_REQUIRED: Decline = decline(
    "authentication_required",
    "authentication_required",
    "1A",
    CHECK,
    "The card was declined: the payment needs the authentication of its holder.",
);

impl Decline {
    /// Whether the payment was stopped before its issuer saw it.
    pub(crate) fn is_blocked(&self) -> bool {
        self.blocked
    }

    /// The members that the error and `last_payment_error` have in common.
    pub(crate) fn members(&self, charge: Option<&str>, method: &Json) -> Json {
        let mut members = json!({ "type": "card_error", "code": self.code, "decline_code": self.decline_code,
            "message": self.message, "advice_code": self.advice, "payment_method": method,
            "doc_url": format!("https://stripe.com/docs/error-codes/{}", self.code.replace('_', "-")) });
        if let Some(charge) = charge {
            set(&mut members, "charge", charge);
        }
        if let Some(code) = self.network {
            set(&mut members, "network_decline_code", code);
        }
        if let Some(param) = self.param {
            set(&mut members, "param", param);
        }
        members
    }

    /// 402. What was changed until then stays, because the attempt was made.
    pub(crate) fn error(&self, members: Json) -> ApiError {
        let mut refusal = ApiError::new(402, "card_error", self.message)
            .code(self.code)
            .decline(self.decline_code)
            .members(members)
            .lasting();
        refusal.param = self.param.map(Into::into);
        refusal
    }

    /// 402 for a card that cannot be attached to a customer: no attempt was made, and nothing stays.
    pub(crate) fn of_attachment(&self) -> ApiError {
        let mut refusal = self.error(Json::Null);
        refusal.lasting = false;
        refusal.param.get_or_insert_with(Default::default);
        refusal
    }

    /// How the failed charge shows it.
    pub(crate) fn show(&self, charge: &mut Json) {
        set(charge, "status", "failed");
        set(charge, "paid", false);
        set(charge, "captured", false);
        set(charge, "failure_code", self.code);
        set(charge, "failure_message", self.message);
        let (network, kind, risk) = match self.blocked {
            false => ("declined_by_network", "issuer_declined", "normal"),
            true => ("not_sent_to_network", "blocked", "highest"),
        };
        let outcome = json!({ "network_status": network, "reason": self.reason, "risk_level": risk, "type": kind,
            "advice_code": self.advice, "network_decline_code": self.network, "seller_message": self.message });
        set(charge, "outcome", outcome);
    }
}
