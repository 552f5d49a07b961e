//! Reads and validates fixtures.

use super::error::ReplayError;
use super::operations::Known;
use super::params;
use super::params::Params;
use super::pattern;
use super::pattern::{Bindings, Pattern};
use crate::API_VERSION;
use crate::client::request::operation::Encoding;
use crate::testing::fault::Fault;
use crate::types::method::Method;
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// A validated flow.
#[derive(Debug)]
pub(crate) struct Flow {
    pub(crate) name: String,
    pub(crate) guide: String,
    pub(crate) order: Order,
    pub(crate) bindings: Bindings,
    pub(crate) steps: Vec<Step>,
}

/// Whether steps must be used in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Order {
    /// A request uses the first matching unused step.
    #[default]
    Any,
    /// A request must match the next step.
    Strict,
}

/// One request and its reply.
#[derive(Debug)]
pub(crate) struct Step {
    /// The file name without extension: `05_top_up`.
    pub(crate) name: String,
    pub(crate) known: Option<&'static Known>,
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The patterns of the path segments.
    pub(crate) segments: Vec<Pattern>,
    /// By lower-case name.
    pub(crate) headers: BTreeMap<String, Pattern>,
    pub(crate) params: BTreeMap<params::Name, Wanted>,
    pub(crate) status: u16,
    pub(crate) reply_headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) reply: Json,
    pub(crate) fault: Option<Fault>,
}

/// The expected value of a parameter.
#[derive(Clone, Debug)]
pub(crate) enum Wanted {
    Text(Pattern),
    /// A value of a JSON body other than a string.
    Exactly(Json),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowFile {
    name: String,
    guide: String,
    #[serde(default)]
    #[allow(dead_code, reason = "for those who read the fixture")]
    notes: String,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    allow_unknown_members: bool,
    #[serde(default)]
    bind: Bindings,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StepFile {
    operation: Option<String>,
    request: RequestFile,
    response: ResponseFile,
    fault: Option<Fault>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestFile {
    method: Method,
    path: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    params: serde_json::Map<String, Json>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseFile {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Json,
}

impl Flow {
    pub(crate) fn load(folder: &Path) -> Result<Self, ReplayError> {
        let head = FlowFile::load(folder)?;
        let mut names: Vec<String> = Vec::new();
        let unreadable = |e| ReplayError::fixture(folder, e);
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let name = entry.map_err(unreadable)?.file_name().to_string_lossy().into_owned();
            if name != "flow.toml" {
                names.push(name);
            }
        }
        names.sort();
        let mut steps: Vec<Step> = Vec::new();
        for name in names {
            let file = folder.join(&name);
            let step =
                Step::load(&file, &name, &head).map_err(|problem| ReplayError::fixture(&file, problem))?;
            if steps.last().is_some_and(|last| last.name.get(..2) == step.name.get(..2)) {
                return Err(ReplayError::fixture(&file, "another step has this number"));
            }
            steps.push(step);
        }
        if steps.is_empty() {
            return Err(ReplayError::fixture(folder, "the flow has no steps"));
        }
        let flow = Self { name: head.name, guide: head.guide, order: head.order, bindings: head.bind, steps };
        flow.check_names()
            .map_err(|(step, problem)| ReplayError::fixture(&folder.join(step + ".json"), problem))?;
        Ok(flow)
    }

    /// Reads `flow.toml` only.
    pub(crate) fn without_steps(folder: &Path) -> Result<Self, ReplayError> {
        let head = FlowFile::load(folder)?;
        Ok(Self {
            name: head.name,
            guide: head.guide,
            order: head.order,
            bindings: head.bind,
            steps: Vec::new(),
        })
    }

    /// Checks that every name in a reply is bound by the time the reply is sent.
    fn check_names(&self) -> Result<(), (String, String)> {
        let mut bound: BTreeSet<&str> = self.bindings.keys().map(String::as_str).collect();
        // Without an order, any request can come first.
        if self.order == Order::Any {
            bound.extend(self.steps.iter().flat_map(Step::request_names));
        }
        for step in &self.steps {
            bound.extend(step.request_names());
            let mut wanted = Vec::new();
            pattern::names(&step.reply, &mut wanted).map_err(|problem| (step.name.clone(), problem))?;
            if let Some(name) = wanted.iter().find(|name| !bound.contains(name.as_str())) {
                return Err((step.name.clone(), format!("the name `{name}` in the reply is never bound")));
            }
        }
        Ok(())
    }
}

impl FlowFile {
    fn load(folder: &Path) -> Result<Self, ReplayError> {
        let file = folder.join("flow.toml");
        let head: Self = toml::from_str(&read(&file)?).map_err(|e| ReplayError::fixture(&file, e))?;
        if folder.file_name().and_then(|name| name.to_str()).is_some_and(|name| name != head.name) {
            let problem = format!("the name {:?} differs from the folder's name", head.name);
            return Err(ReplayError::fixture(&file, problem));
        }
        Ok(head)
    }
}

impl Step {
    fn load(file: &Path, name: &str, flow: &FlowFile) -> Result<Self, String> {
        let name = name
            .strip_suffix(".json")
            .filter(|name| matches!(name.as_bytes(), [b'0'..=b'9', b'0'..=b'9', b'_', _, ..]));
        let name = name.ok_or("the file name of a step must have the form NN_what_it_does.json")?.to_owned();
        let text = read(file).map_err(|e| match e {
            ReplayError::Fixture { problem, .. } => problem,
            other => other.to_string(),
        })?;
        let StepFile { operation, request, response, fault } =
            serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let known = operation_of(operation.as_deref(), request.method, &request.path)?;
        let mut segments = Vec::new();
        for segment in request.path.split('/') {
            segments.push(Pattern::parse(segment)?);
        }
        let mut headers = BTreeMap::new();
        for (header, text) in request.headers {
            headers.insert(header.to_ascii_lowercase(), Pattern::parse(&text)?);
        }
        // Only JSON bodies have types; unmodelled operations are recognized by their version.
        let is_json = known
            .map_or(request.path.starts_with("/v2/") && request.method == Method::Post, |known| {
                known.operation.encoding == Encoding::Json
            });
        let mut flat = Params::new();
        params::add_json(&Json::Object(request.params), &mut flat)?;
        let mut params = BTreeMap::new();
        for (name, value) in flat {
            let wanted = Wanted::of(value, is_json).map_err(|problem| format!("`{name}`: {problem}"))?;
            params.insert(name, wanted);
        }
        if StatusCode::from_u16(response.status).is_err() {
            return Err(format!("{} is not a valid status", response.status));
        }
        let mut reply_headers = Vec::new();
        for (header, text) in &response.headers {
            let parsed = HeaderName::try_from(header.as_str()).ok().zip(HeaderValue::from_str(text).ok());
            reply_headers.push(parsed.ok_or_else(|| format!("`{header}: {text}` is not a valid header"))?);
        }
        let step = Self {
            name,
            known,
            method: request.method,
            path: request.path,
            segments,
            headers,
            params,
            status: response.status,
            reply_headers,
            reply: response.body,
            fault: fault.map(Fault::check).transpose()?,
        };
        step.check_reply(flow)?;
        Ok(step)
    }

    /// Checks that the client can decode the reply and knows all of its members.
    fn check_reply(&self, flow: &FlowFile) -> Result<(), String> {
        let Some(known) = self.known.filter(|_| (200..300).contains(&self.status)) else {
            let is_error = !(200..300).contains(&self.status);
            return match self.reply.get("error") {
                None if is_error => Err("an error reply must be an object with a member `error`".to_owned()),
                _ => Ok(()),
            };
        };
        let body = sample(&self.reply)?.to_string();
        let id = known.operation.id;
        let unknown = (known.read)(body.as_bytes()).map_err(|e| format!("is not a reply to {id}: {e}"))?;
        match unknown.first() {
            Some(member) if !flow.allow_unknown_members => Err(format!(
                "is not a reply to {id}: unknown member `{member}`; if Stripe has it, set `allow_unknown_members = true` in flow.toml"
            )),
            _ => Ok(()),
        }
    }

    fn request_names(&self) -> impl Iterator<Item = &str> {
        let params = self.params.values().filter_map(|wanted| match wanted {
            Wanted::Text(pattern) => Some(pattern),
            Wanted::Exactly(_) => None,
        });
        self.segments.iter().chain(self.headers.values()).chain(params).flat_map(Pattern::names)
    }

    /// The `Stripe-Version` of requests without an explicit one; `None` if this crate cannot know it.
    pub(crate) fn version(&self) -> Option<&'static str> {
        self.known.map(|known| known.operation.preview.unwrap_or(API_VERSION))
    }

    /// Whether a request is for the same operation, regardless of ids.
    pub(crate) fn is_call(&self, method: &str, path: &str) -> bool {
        let fits = |known: &Known| known.fits(path);
        let same_shape = || {
            let mut unbound = Bindings::new();
            self.path.split('/').count() == path.split('/').count()
                && self
                    .segments
                    .iter()
                    .zip(path.split('/'))
                    .all(|(wanted, found)| wanted.matches(found, &mut unbound))
        };
        self.method.as_str() == method && self.known.map_or_else(same_shape, fits)
    }

    /// The step for output: `05_top_up (POST /v1/topups)`.
    pub(crate) fn title(&self) -> String {
        format!("{} ({} {})", self.name, self.method.as_str(), self.path)
    }
}

impl Wanted {
    fn of(value: Json, is_json: bool) -> Result<Self, String> {
        Ok(match value {
            Json::String(text) => Self::Text(Pattern::parse(&text)?),
            other if is_json => Self::Exactly(other),
            Json::Null => {
                return Err("a form cannot contain null; use an empty string to unset a parameter".to_owned());
            }
            Json::Array(_) | Json::Object(_) => {
                return Err("a form cannot contain empty lists or objects".to_owned());
            }
            other => Self::Text(Pattern::parse(&other.to_string())?),
        })
    }
}

/// Finds the operation of a step. The step must name it if the path belongs to one.
fn operation_of(id: Option<&str>, method: Method, path: &str) -> Result<Option<&'static Known>, String> {
    let by_call = Known::by_call(method.as_str(), path);
    match (id, by_call) {
        (None, None) => Ok(None),
        (None, Some(known)) => Err(format!("the step has no `operation`; use `{}`", known.operation.id)),
        (Some(id), _) => {
            let known = Known::by_id(id).ok_or_else(|| format!("unknown operation `{id}`"))?;
            let operation = known.operation;
            if operation.method != method || !known.fits(path) {
                let (method, path) = (operation.method.as_str(), operation.path);
                return Err(format!("operation `{id}` is {method} {path}, which differs from the request"));
            }
            Ok(Some(known))
        }
    }
}

/// A reply with sample values for all names, to check that it can be decoded.
pub(crate) fn sample(reply: &Json) -> Result<Json, String> {
    let mut names = Vec::new();
    pattern::names(reply, &mut names)?;
    pattern::fill(reply, &names.into_iter().map(|name| (name, "1".to_owned())).collect())
}

/// Reads a file. A file that contains an API key is an error, because fixtures are shared.
fn read(file: &Path) -> Result<String, ReplayError> {
    let text = fs::read_to_string(file).map_err(|e| ReplayError::fixture(file, e))?;
    match find_key(&text) {
        Some(kind) => {
            Err(ReplayError::fixture(file, format!("contains text that looks like an API key (`{kind}…`)")))
        }
        None => Ok(text),
    }
}

/// Finds text that a secret scanner would take for a Stripe key.
pub(crate) fn find_key(text: &str) -> Option<&'static str> {
    const KINDS: [&str; 10] = [
        "sk_live_", "sk_test_", "sk_org_", "rk_live_", "rk_test_", "pk_live_", "pk_test_", "ek_live_",
        "ek_test_", "whsec_",
    ];
    KINDS.into_iter().find(|kind| {
        text.match_indices(kind).any(|(at, _)| {
            let before = text.get(..at).and_then(|before| before.chars().next_back());
            let after = text.get(at + kind.len()..).unwrap_or_default();
            let length =
                after.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            !before.is_some_and(char::is_alphanumeric) && length >= 8
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found_and_words_are_not() {
        let key = ["sk", "test", "4eC39HqLyjWDarjtT1"].join("_");
        assert_eq!(find_key(&format!("{{\"a\":\"{key}\"}}")), Some("sk_test_"));
        assert_eq!(find_key(&["sk", "org", "live", "0123456789"].join("_")), Some("sk_org_"));
        assert_eq!(find_key(&["whsec", "0123456789"].join("_")), Some("whsec_"));
        assert_eq!(find_key("set STRIPE_SECRET_KEY=sk_test_… and a task_test_something_else"), None);
    }
}
