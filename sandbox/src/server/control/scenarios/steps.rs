//! The steps of scenarios.
//!
//! A step is a request or an action, and stores the id of its result, or another member, under a name:
//!
//! - `C POST /v1/payouts amount=5&currency=usd -> payout`: a request, for the account (`C`) or its platform (`P`). `C?`
//!   continues after an error, such as a declined payment.
//! - `+ use topup`: the steps of [`PARTS`] with this name.
//! - `+ do topups.settle {topup} code=no_account -> name`: a transition of the control API.
//! - `+ rule payment_intent.expire {intent}`: the transition of a rule, now.
//! - `+ run {payout}`: the scheduled tasks of an object, now.
//! - `+ fund {account} issuing`: 1,000.00 USD into a balance, from outside.
//! - `+ ask`: card authorizations wait for a decision.
//! - `+ complete {url}`: the form behind an account link.
//!
//! `{name}` is a stored value; `{account}`, `{platform}` and `{now}` are stored at the beginning.

use super::table::PARTS;
use crate::Sandbox;
use crate::about::rules;
use crate::engine::{ApiError, BalanceKind, Json, Peek as _};
use crate::router::Request;
use crate::server::control::params::Asked;
use crate::server::control::transitions::TRANSITIONS;
use bytes::Bytes;
use serde_json::json;
use std::collections::BTreeMap;

/// The amount that `+ fund` adds, in minor units.
const FUNDS: i64 = 100_000;

/// A run of a scenario.
pub(super) struct Stage<'s> {
    sandbox: &'s Sandbox,
    names: BTreeMap<String, String>,
    /// The id of the latest result.
    last: String,
}

impl<'s> Stage<'s> {
    pub(super) fn new(sandbox: &'s Sandbox, account: &str) -> Self {
        let now = sandbox.state().clock.now().to_string();
        let names = [("account", account.to_owned()), ("platform", sandbox.platform()), ("now", now)];
        let names = names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Self { sandbox, names, last: String::new() }
    }

    /// Runs the steps, and returns the id of the latest result.
    pub(super) fn play(mut self, steps: &[&str]) -> Result<String, ApiError> {
        self.run(steps)?;
        Ok(self.last)
    }

    fn run(&mut self, steps: &[&str]) -> Result<(), ApiError> {
        steps.iter().try_for_each(|step| self.step(step))
    }

    fn step(&mut self, step: &str) -> Result<(), ApiError> {
        let (call, kept) = step.split_once(" -> ").unwrap_or((step, ""));
        let call = self.fill(call);
        let words: Vec<&str> = call.splitn(4, ' ').collect();
        let result = match words.as_slice() {
            ["+", "use", name] => {
                let part = PARTS.iter().find(|(known, _)| known == name);
                return self.run(part.ok_or_else(|| wrong(step))?.1);
            }
            ["+", "do", name, rest] => self.transition(name, rest)?,
            ["+", "rule", name, id] => {
                self.sandbox.trigger(rules::named(name).ok_or_else(|| wrong(step))?, id)?;
                json!({ "id": id })
            }
            ["+", "run", id] => {
                self.sandbox.state().hurry(id, i64::MAX)?;
                self.sandbox.wake();
                json!({ "id": id })
            }
            ["+", "fund", account, balance] => {
                let kind = if *balance == "issuing" { BalanceKind::Issuing } else { BalanceKind::Available };
                return self.sandbox.fund(account, kind, "usd", FUNDS);
            }
            ["+", "ask"] => {
                self.sandbox.authorizations().ask_always();
                return Ok(());
            }
            ["+", "complete", url] => {
                self.sandbox.account_links().complete(url)?;
                return Ok(());
            }
            [who, method, path] => self.request(who, method, path, "")?,
            [who, method, path, form] => self.request(who, method, path, form)?,
            _ => return Err(wrong(step)),
        };
        self.keep(&result, kept)
    }

    /// Fills stored values into a step.
    fn fill(&self, text: &str) -> String {
        let names = self.names.iter();
        names.fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
    }

    fn request(&self, who: &str, method: &str, path: &str, form: &str) -> Result<Json, ApiError> {
        let account = if who == "P" { self.sandbox.platform() } else { self.fill("{account}") };
        let form: Vec<_> = url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
        let reply = self.sandbox.perform_by(method, &self.sandbox.test_scope(&account), path, &form);
        if who.ends_with('?') { Ok(reply.unwrap_or_default()) } else { reply }
    }

    /// Makes a transition. Its result has only an id.
    fn transition(&self, name: &str, rest: &str) -> Result<Json, ApiError> {
        let (id, form) = rest.split_once(' ').unwrap_or((rest, ""));
        let transition = TRANSITIONS.iter().find(|known| known.name == name).ok_or_else(|| wrong(name))?;
        let asked = Asked::read(&Request { body: Bytes::from(form.to_owned()), ..Request::default() })?;
        let made = (transition.run)(self.sandbox, id, &asked)?;
        Ok(json!({ "id": made.unwrap_or_else(|| id.to_owned()) }))
    }

    /// Stores the result: `intent, charge=latest_charge`.
    fn keep(&mut self, result: &Json, kept: &str) -> Result<(), ApiError> {
        if !result.text("id").is_empty() {
            result.text("id").clone_into(&mut self.last);
        }
        for kept in kept.split(", ").filter(|kept| !kept.is_empty()) {
            let (name, path) = kept.split_once('=').unwrap_or((kept, "id"));
            let value = result.at(path).and_then(Json::as_str).ok_or_else(|| wrong(kept))?;
            self.names.insert(name.to_owned(), value.to_owned());
        }
        Ok(())
    }
}

/// A step that does not follow the rules above, or whose reply lacks a member.
fn wrong(step: &str) -> ApiError {
    ApiError::internal(format!("The step '{step}' of the scenario cannot be run."))
}
