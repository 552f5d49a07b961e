//! A running flow: selects the step for a request, answers it, and explains mismatches.

use super::error::Mismatch;
use super::flow::{Flow, Order, Step, Wanted, find_key};
use super::params;
use super::params::Params;
use super::pattern;
use super::pattern::Bindings;
use super::recording::Incoming;
use crate::client::request::operation::Encoding;
use crate::testing::fault::Fault;
use crate::types::hex::unescape;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value as Json;
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

/// A decoded request.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) params: Params,
    /// The media type of the body, or empty.
    pub(crate) media: String,
    /// Why it cannot match any step.
    pub(crate) broken: Option<String>,
}

/// The answer to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) delay: Option<Duration>,
}

/// A request with its outcome.
pub(crate) struct Logged {
    pub(crate) sent: Sent,
    /// The status, or the injected fault.
    pub(crate) outcome: String,
    /// The mismatch, if no step matched.
    pub(crate) problem: Option<String>,
}

pub(crate) struct Session {
    pub(crate) flow: Flow,
    pub(crate) bound: Bindings,
    /// For each step, the number of the request that used it.
    used: Vec<Option<usize>>,
    /// For each step whose fault occurred, the idempotency key of the request.
    met: BTreeMap<usize, Option<String>>,
    pub(crate) log: Vec<Logged>,
}

/// The differences between a request and a step.
struct Distance {
    same_call: bool,
    differences: Vec<String>,
    /// The bindings if the step is used.
    bound: Bindings,
}

impl Sent {
    pub(crate) fn read(method: &str, path: &str, query: &str, headers: HeaderMap, body: &[u8]) -> Self {
        let content_type =
            headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let media = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let mut params = Params::new();
        let decoded = params::add_form(query.as_bytes(), &mut params).and_then(|()| match media.as_str() {
            _ if body.is_empty() => Ok(()),
            "application/x-www-form-urlencoded" => params::add_form(body, &mut params),
            "multipart/form-data" => params::add_multipart(body, content_type, &mut params),
            "application/json" => {
                let json = serde_json::from_slice(body).map_err(|e| format!("the body is not JSON: {e}"))?;
                params::add_json(&json, &mut params)
            }
            other => Err(format!("the body has the content type {other:?}, which Stripe does not accept")),
        });
        let key = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_live = matches!(find_key(key), Some("sk_live_" | "rk_live_"));
        let broken = if is_live { Some("it contains a live key".to_owned()) } else { decoded.err() };
        let media = if body.is_empty() { String::new() } else { media };
        Self { method: method.to_owned(), path: path.to_owned(), headers, params, media, broken }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Session {
    pub(crate) fn new(flow: Flow) -> Self {
        let (bound, used) = (flow.bindings.clone(), vec![None; flow.steps.len()]);
        Self { bound, used, met: BTreeMap::new(), log: Vec::new(), flow }
    }

    /// Whether a request gets no reply.
    pub(crate) fn resets(&mut self, sent: impl FnOnce() -> Sent) -> bool {
        // Most flows have no such step, and decoding a request twice is costly.
        if !(0..self.flow.steps.len()).any(|step| self.fault(step) == Some(Fault::Reset)) {
            return false;
        }
        let sent = sent();
        let Ok((index, _)) = self.find(&sent) else { return false };
        if sent.broken.is_some() || self.fault(index) != Some(Fault::Reset) {
            return false;
        }
        self.meet(index, &sent);
        self.log.push(Logged { sent, outcome: Fault::Reset.to_string(), problem: None });
        true
    }

    /// Answers a request from the matching step, or with an error that lists the differences from the closest one.
    pub(crate) fn answer(&mut self, sent: Sent) -> Answer {
        let number = self.log.len() + 1;
        let reply = match &sent.broken {
            Some(problem) => Err(problem.clone()),
            None => self.reply(&sent, number),
        };
        let (answer, outcome, problem) = match reply {
            Ok((answer, None)) => {
                let status = answer.status.to_string();
                (answer, status, None)
            }
            Ok((answer, Some(fault))) => (answer, fault.to_string(), None),
            Err(problem) => {
                let problem = format!("request {number}, {} {}: {problem}", sent.method, sent.path);
                let answer = refusal(&self.flow.name, &problem);
                let status = answer.status.to_string();
                (answer, status, Some(problem))
            }
        };
        self.log.push(Logged { sent, outcome, problem });
        answer
    }

    /// Answers a request of a recording with the server's reply.
    pub(crate) fn pass_on(&mut self, sent: Sent, incoming: Result<Incoming, String>) -> Answer {
        let number = self.log.len() + 1;
        let (answer, problem) = match incoming {
            Ok(Incoming { status, mut headers, body }) => {
                for name in [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION] {
                    headers.remove(name);
                }
                (Answer { status, headers, body, delay: None }, None)
            }
            Err(problem) => {
                let problem = format!("request {number}, {} {}: {problem}", sent.method, sent.path);
                (refusal(&self.flow.name, &problem), Some(problem))
            }
        };
        self.log.push(Logged { sent, outcome: answer.status.to_string(), problem });
        answer
    }

    /// The reply of the matching step, with its fault.
    fn reply(&mut self, sent: &Sent, number: usize) -> Result<(Answer, Option<Fault>), String> {
        if let Some(late) = self.late_reply(sent, true) {
            return late;
        }
        let (index, bound) = match self.find(sent) {
            Ok(found) => found,
            Err(problem) => return self.late_reply(sent, false).unwrap_or(Err(problem)),
        };
        let fault = self.fault(index);
        if fault.is_some() {
            self.meet(index, sent);
        }
        let Some(step) = self.flow.steps.get(index) else { return Err("the step does not exist".to_owned()) };
        let mut answer = reply(step, sent, &bound)?;
        match fault {
            Some(Fault::Status(status)) => return Ok((failure(status), fault)),
            Some(Fault::Malformed) => {
                answer.body.truncate(answer.body.len() / 2);
                return Ok((answer, fault));
            }
            Some(Fault::DelayMs(_)) => answer.delay = fault.and_then(Fault::delay),
            Some(Fault::Reset) | None => {}
        }
        self.bound = bound;
        if let Some(user) = self.used.get_mut(index) {
            *user = Some(number);
        }
        Ok((answer, fault))
    }

    /// The delayed reply that a program did not wait for, when it retries: recognized by its key, or by a request
    /// that matches no other step.
    fn late_reply(&self, sent: &Sent, by_key: bool) -> Option<Result<(Answer, Option<Fault>), String>> {
        let key = sent.header("idempotency-key");
        if by_key && key.is_none() {
            return None;
        }
        let step = self.flow.steps.iter().zip(&self.used).find_map(|(step, user)| {
            let first = self.log.get((*user)?.checked_sub(1)?)?;
            let was_late = step.fault.is_some_and(|fault| fault.delay().is_some());
            let again = was_late
                && first.sent.header("idempotency-key") == key
                && distance(step, sent, &self.bound).differences.is_empty();
            again.then_some(step)
        })?;
        Some(reply(step, sent, &self.bound).map(|answer| (answer, None)))
    }

    /// The fault for the next request of a step.
    fn fault(&self, step: usize) -> Option<Fault> {
        self.flow.steps.get(step)?.fault.filter(|_| !self.met.contains_key(&step))
    }

    fn meet(&mut self, step: usize, sent: &Sent) {
        self.met.insert(step, sent.header("idempotency-key").map(str::to_owned));
    }

    /// The unused step that a request matches, with its bindings; or why none does.
    fn find(&self, sent: &Sent) -> Result<(usize, Bindings), String> {
        let unused: Vec<usize> =
            (0..self.flow.steps.len()).filter(|index| self.user(*index).is_none()).collect();
        let open = match self.flow.order {
            Order::Any => unused.as_slice(),
            Order::Strict => unused.get(..1).unwrap_or_default(),
        };
        let mut nearest: Option<(&Step, Distance)> = None;
        for index in open {
            let Some(step) = self.flow.steps.get(*index) else { continue };
            let mut distance = distance(step, sent, &self.bound);
            if let Some(first) = self.met.get(index) {
                distance.compare_keys(first.as_deref(), sent.header("idempotency-key"));
            }
            if distance.differences.is_empty() {
                return Ok((*index, distance.bound));
            }
            if nearest.as_ref().is_none_or(|(_, best)| distance.rank() < best.rank()) {
                nearest = Some((step, distance));
            }
        }
        Err(self.explain(sent, nearest))
    }

    fn user(&self, step: usize) -> Option<usize> {
        self.used.get(step).copied().flatten()
    }

    /// Explains why no step matches.
    fn explain(&self, sent: &Sent, nearest: Option<(&Step, Distance)>) -> String {
        let mut text = "no step matches".to_owned();
        // A matching but used step is more relevant than one that differs.
        let spent = self.flow.steps.iter().enumerate().find_map(|(index, step)| {
            let user = self.user(index)?;
            distance(step, sent, &self.bound).differences.is_empty().then_some((step, user))
        });
        if let Some((step, user)) = spent {
            let _ = write!(text, "; step {} matches, but was used by request {user}", step.title());
        }
        match nearest {
            None => text.push_str("; all steps are used"),
            Some((step, distance)) => {
                let which = if self.flow.order == Order::Strict { "next" } else { "closest unused" };
                let _ = write!(text, "; the {which} step is {}:", step.title());
                for difference in &distance.differences {
                    let _ = write!(text, "\n  {difference}");
                }
            }
        }
        text
    }

    /// The problems so far: requests without a step, steps without a request.
    pub(crate) fn mismatch(&self) -> Option<Mismatch> {
        let unmatched: Vec<String> = self.log.iter().filter_map(|logged| logged.problem.clone()).collect();
        let unused = self.flow.steps.iter().zip(&self.used).filter(|(_, user)| user.is_none());
        let unused: Vec<String> = unused.map(|(step, _)| step.title()).collect();
        let wrong = !unmatched.is_empty() || !unused.is_empty();
        wrong.then(|| Mismatch { flow: self.flow.name.clone(), unmatched, unused })
    }
}

impl Distance {
    fn rank(&self) -> (bool, usize) {
        (!self.same_call, self.differences.len())
    }
}

/// Compares a request with a step, member by member.
fn distance(step: &Step, sent: &Sent, bound: &Bindings) -> Distance {
    let mut distance = Distance {
        same_call: step.is_call(&sent.method, &sent.path),
        differences: Vec::new(),
        bound: bound.clone(),
    };
    if !distance.same_call {
        // Parameters of another operation are irrelevant.
        let wanted = format!("{} {}", step.method.as_str(), step.path);
        distance.differences.push(format!("call: expected {wanted}, sent {} {}", sent.method, sent.path));
        return distance;
    }
    distance.compare_path(step, sent);
    distance.compare_media(step, sent);
    distance.compare_headers(step, sent);
    distance.compare_params(step, sent);
    distance
}

impl Distance {
    fn compare_path(&mut self, step: &Step, sent: &Sent) {
        for (wanted, found) in step.segments.iter().zip(sent.path.split('/')) {
            let found = unescape(found);
            if !wanted.matches(&found, &mut self.bound) {
                let wanted = wanted.show(&self.bound);
                self.differences.push(format!("path: expected {wanted:?}, sent {found:?}"));
            }
        }
    }

    fn compare_media(&mut self, step: &Step, sent: &Sent) {
        let wanted = match step.known.map(|known| known.operation.encoding) {
            _ if sent.media.is_empty() => return,
            Some(Encoding::Query) => "no body",
            Some(Encoding::Form) => "application/x-www-form-urlencoded",
            Some(Encoding::Json) => "application/json",
            Some(Encoding::Multipart) => "multipart/form-data",
            None => return,
        };
        if sent.media != wanted {
            self.differences.push(format!("header Content-Type: expected {wanted}, sent {}", sent.media));
        }
    }

    fn compare_headers(&mut self, step: &Step, sent: &Sent) {
        for (name, wanted) in &step.headers {
            let found = sent.header(name);
            if !found.is_some_and(|found| wanted.matches(found, &mut self.bound)) {
                let wanted = wanted.show(&self.bound);
                let found = found.map_or("not sent".to_owned(), |found| format!("sent {found:?}"));
                self.differences.push(format!("header {}: expected {wanted:?}, {found}", title_case(name)));
            }
        }
        // The account matters even if a step does not name it.
        for name in ["stripe-account", "stripe-context"] {
            if let (false, Some(found)) = (step.headers.contains_key(name), sent.header(name)) {
                self.differences.push(format!("header {}: sent {found:?}, not expected", title_case(name)));
            }
        }
        let version = step.version().filter(|_| !step.headers.contains_key("stripe-version"));
        if let (Some(wanted), Some(found)) = (version, sent.header("stripe-version"))
            && wanted != found
        {
            self.differences.push(format!("header Stripe-Version: expected {wanted:?}, sent {found:?}"));
        }
    }

    /// Compares the key of a retry with that of the failed attempt: another key is another payment.
    fn compare_keys(&mut self, first: Option<&str>, again: Option<&str>) {
        if self.same_call && first != again {
            let show = |key: Option<&str>| key.map_or("none".to_owned(), |key| format!("{key:?}"));
            let (first, again) = (show(first), show(again));
            self.differences.push(format!(
                "header Idempotency-Key: the first attempt had {first}, but this one has {again}"
            ));
        }
    }

    fn compare_params(&mut self, step: &Step, sent: &Sent) {
        for (name, wanted) in &step.params {
            let found = sent.params.get(name);
            let fits = match (wanted, found) {
                (Wanted::Text(pattern), Some(Json::String(text))) => pattern.matches(text, &mut self.bound),
                (Wanted::Text(pattern), Some(Json::Number(number))) if pattern.is_number() => {
                    pattern.matches(&number.to_string(), &mut self.bound)
                }
                (Wanted::Exactly(json), Some(found)) => json == found,
                _ => false,
            };
            if !fits {
                let wanted = match wanted {
                    Wanted::Text(pattern) => format!("{:?}", pattern.show(&self.bound)),
                    Wanted::Exactly(json) => json.to_string(),
                };
                let found = found.map_or("not sent".to_owned(), |found| format!("sent {found}"));
                self.differences.push(format!("{name}: expected {wanted}, {found}"));
            }
        }
        for (name, found) in sent.params.iter().filter(|(name, _)| !step.params.contains_key(name)) {
            self.differences.push(format!("{name}: sent {found}, not expected"));
        }
    }
}

/// The reply of a step, with Stripe's headers.
fn reply(step: &Step, sent: &Sent, bound: &Bindings) -> Result<Answer, String> {
    let body =
        pattern::fill(&step.reply, bound).map_err(|problem| format!("step {}: {problem}", step.title()))?;
    let mut headers = head(&format!("req_{}", step.name));
    for name in ["idempotency-key", "stripe-account", "stripe-version"] {
        if let Some(value) = sent.headers.get(name) {
            headers.insert(name, value.clone());
        }
    }
    for (name, value) in &step.reply_headers {
        headers.insert(name, value.clone());
    }
    Ok(Answer { status: step.status, headers, body: body.to_string().into(), delay: None })
}

/// The answer to a request without a step: an error in Stripe's format that no client retries.
fn refusal(flow: &str, problem: &str) -> Answer {
    let message = format!("the replay of `{flow}` rejected {problem}");
    let body = json!({ "error": { "type": "invalid_request_error", "code": "replay_mismatch", "message": message } });
    let mut headers = head("req_replay_mismatch");
    headers.insert("stripe-should-retry", HeaderValue::from_static("false"));
    Answer { status: 400, headers, body: body.to_string().into(), delay: None }
}

/// The answer for a fault with a status: an error in Stripe's format without details of the request.
fn failure(status: u16) -> Answer {
    let body = json!({ "error": { "type": "api_error", "message": "the replay fails this request once" } });
    Answer { status, headers: head("req_replay_fault"), body: body.to_string().into(), delay: None }
}

fn head(request_id: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    if let Ok(id) = HeaderValue::from_str(request_id) {
        headers.insert(HeaderName::from_static("request-id"), id);
    }
    headers
}

/// `stripe-account` as `Stripe-Account`.
pub(crate) fn title_case(name: &str) -> String {
    let parts = name.split('-').map(|part| {
        let mut chars = part.chars();
        chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect::<String>()
    });
    parts.collect::<Vec<_>>().join("-")
}
