use super::message::{Request, Response};
use super::{auth, hosted_pages, not_modelled};
use crate::engine::{ApiError, Json, Scope};
use crate::resources;
use crate::resources::Handler;
use crate::spec;
use crate::spec::{Expansion, Node, Operation, RouteMatch, Upload};
use crate::state::faults::CONTENTS;
use crate::state::faults::{Fault, Phase, Spoiled};
use crate::state::idempotency;
use crate::state::idempotency::{DAY, IdempotencySlot, Keys, Outcome, Verdict};
use crate::state::{
    Envelope, Exchange, LogEntry, ReplyInfo, RequestContext, State, UnknownParameters, is_other_version,
    is_preview, is_version, recent,
};
use http::Method;
use std::time::Duration;
use stripe_platform::API_VERSION;

/// The header of a reply that repeats the outcome of an earlier request.
const REPLAYED: &str = "idempotent-replayed";

/// Processes a request, and then runs the tasks due by now. A planned delay is returned in [`Response::wire`].
pub fn handle(state: &mut State, request: &Request) -> Response {
    let wait = arrive(state, request).map(|arrived| {
        arrived.leave(state);
        arrived.wait
    });
    let mut response = respond(state, request, wait.is_some());
    response.wire.delay += wait.unwrap_or_default();
    response
}

/// A request held by a planned delay before it is processed.
#[derive(Debug)]
pub(crate) struct Delayed {
    pub(crate) wait: Duration,
    place: Option<IdempotencySlot>,
}

impl Delayed {
    /// Ends the delay and releases the idempotency key for the request.
    pub(crate) fn leave(&self, state: &mut State) {
        if let Some(place) = &self.place {
            state.keys.finish(place, None);
        }
    }
}

/// Takes the planned delay of a request before processing, if there is one. Its idempotency key is in use until the
/// delay ends.
pub(crate) fn arrive(state: &mut State, request: &Request) -> Option<Delayed> {
    if state.faults.is_empty() {
        return None;
    }
    let key = auth::key(request).ok()?;
    let scope = auth::scope(state, request, &key).ok()?;
    let wanted = Target::of(request)?;
    let fault = state.faults.take(wanted.name(), &scope.account, &mut state.ids, Fault::waits_first)?;
    let place = wanted.operation().and_then(|operation| {
        let key = keyed(operation, request)?;
        let place = IdempotencySlot::new(&scope, key);
        let (sent, uploads) = read(request, operation).ok()?;
        let asked = asked(request, operation, &sent, &uploads);
        let verdict = state.keys.check(&place, &asked, in_use_kind(state));
        matches!(verdict, Ok(Verdict::New)).then(|| {
            state.keys.begin(&place, asked, "", state.clock.now(), lifetime(state, operation));
            place
        })
    });
    Some(Delayed { wait: fault.effect.wire().delay, place })
}

/// The target of a request.
enum Target<'r> {
    /// An operation of the document, with the values of its placeholders.
    Operation(&'static Operation, Vec<String>),
    /// The contents of the file with this id.
    Contents(&'r str),
}

impl<'r> Target<'r> {
    fn of(request: &'r Request) -> Option<Self> {
        let (method, path) = (request.method.as_str(), request.path.as_str());
        match spec::find(method, path) {
            RouteMatch::Operation(operation, places) => Some(Self::Operation(operation, places)),
            RouteMatch::OtherMethod | RouteMatch::Nothing => {
                hosted_pages::wants_contents(method, path).map(Self::Contents)
            }
        }
    }

    fn operation(&self) -> Option<&'static Operation> {
        match self {
            Self::Operation(operation, _) => Some(operation),
            Self::Contents(_) => None,
        }
    }

    /// The name in the fault plan.
    fn name(&self) -> &'static str {
        self.operation().map_or(CONTENTS, |operation| operation.id)
    }
}

/// The position of the request's idempotency key, if it has one.
pub(crate) fn place(state: &State, request: &Request) -> Option<IdempotencySlot> {
    let scope = auth::scope(state, request, &auth::key(request).ok()?).ok()?;
    request.header("idempotency-key").map(|key| IdempotencySlot::new(&scope, key))
}

/// Processes a request; `lay` if it was delayed before.
pub(crate) fn respond(state: &mut State, request: &Request, lay: bool) -> Response {
    if hosted_pages::is_page(&request.path) {
        let response = hosted_pages::answer(state, request);
        let platform = Scope::new(state.platform(), false);
        note(
            state,
            &platform,
            request.method.as_str(),
            &request.path,
            (response.status, ReplyInfo::default()),
        );
        keep_exchange(state, &platform, request, &response);
        state.settle();
        return response;
    }
    let (request_id, version) = (state.ids.id("req"), version(state, request));
    let mut whose = named(state, request);
    let known = auth::key(request).and_then(|key| Ok((auth::scope(state, request, &key)?, key)));
    let (response, fault) = match known {
        Ok((scope, key)) => {
            whose = scope.clone();
            answer(state, request, scope, &key, &request_id, &version)
        }
        Err(refusal) => {
            let url = log_url(request, &whose, &request_id, state.clock.now());
            (Response::refusal(&refusal.logged(url)), None)
        }
    };
    let manner = ReplyInfo { lay, fault, ..ReplyInfo::default() };
    finish(state, request, &whose, (response, manner), request_id, version)
}

/// Rejects a request that was not received completely, without processing it.
pub(crate) fn refuse(state: &mut State, request: &Request, refusal: &ApiError) -> Response {
    let (request_id, version) = (state.ids.id("req"), version(state, request));
    let whose = named(state, request);
    let url = log_url(request, &whose, &request_id, state.clock.now());
    let response = Response::refusal(&refusal.clone().logged(url));
    finish(state, request, &whose, (response, ReplyInfo::default()), request_id, version)
}

/// The Dashboard's log page of a request; errors of API v2 have none.
fn log_url(request: &Request, whose: &Scope, request_id: &str, now: i64) -> Option<String> {
    let mode = if whose.live { "" } else { "test/" };
    let account = request.header("stripe-account").map(|account| format!("{account}/")).unwrap_or_default();
    (!request.path.starts_with("/v2/"))
        .then(|| format!("https://dashboard.stripe.com/{account}{mode}logs/{request_id}?t={now}"))
}

/// The API version of the reply: the one that the request names, if it is valid.
fn version(state: &State, request: &Request) -> String {
    let named = request.header("stripe-version").filter(|version| is_version(version));
    named.map_or_else(|| state.options.api_version.clone(), str::to_owned)
}

/// The account that an unauthenticated request names.
fn named(state: &State, request: &Request) -> Scope {
    Scope::new(request.header("stripe-account").map_or_else(|| state.platform(), Into::into), false)
}

/// A reply, and the effect of a planned fault on it.
type Answer = (Response, Option<(Phase, Spoiled)>);

/// Adds the headers that every reply has, and runs the tasks due by now.
fn finish(
    state: &mut State,
    request: &Request,
    whose: &Scope,
    (mut response, manner): (Response, ReplyInfo),
    request_id: String,
    version: String,
) -> Response {
    let manner = ReplyInfo { replayed: response.header(REPLAYED).is_some(), ..manner };
    let headers = &mut response.headers;
    headers.push(("request-id", request_id));
    headers.push(("stripe-version", version));
    add_notice(headers, request);
    for name in ["stripe-account", "idempotency-key"] {
        if let Some(value) = request.header(name) {
            headers.push((name, value.to_owned()));
        }
    }
    if response.status >= 400 && state.options.journal {
        let code = response.error_code().unwrap_or_default();
        state.note(LogEntry::Refused(code.into()));
    }
    note(state, whose, request.method.as_str(), &request.path, (response.status, manner));
    keep_exchange(state, whose, request, &response);
    state.settle();
    response
}

/// A header with a notice to the developer; Stripe's clients print it.
const NOTICE: &str = "stripe-notice";

/// Adds a notice if the request asked for another version than that of the reply.
fn add_notice(headers: &mut Vec<(&'static str, String)>, request: &Request) {
    let Some(asked) = request.header("stripe-version").filter(|asked| is_other_version(asked)) else {
        return;
    };
    let found = spec::find(request.method.as_str(), &request.path);
    if is_preview(asked) && matches!(found, RouteMatch::Operation(Operation { preview: Some(_), .. }, _)) {
        return;
    }
    let mut notice =
        format!("The sandbox implements API version {API_VERSION}; the request asked for {asked}.");
    if let Some(place) = headers.iter().position(|(name, _)| *name == NOTICE) {
        notice = format!("{} {notice}", headers.remove(place).1);
    }
    headers.push((NOTICE, notice));
}

/// Rejects a preview operation in a version that does not have it, like an unknown path.
fn require_preview(operation: &Operation, request: &Request) -> Result<(), ApiError> {
    let Some(preview) = operation.preview else { return Ok(()) };
    if request.header("stripe-version").is_some_and(is_preview) {
        return Ok(());
    }
    let message = format!(
        "Unrecognized request URL ({}: {}). It is a preview: send Stripe-Version {preview}.",
        request.method, request.path
    );
    Err(ApiError::new(404, "invalid_request_error", message))
}

/// Adds a hint to the error about an unknown parameter, which may belong to the requested version.
fn in_version(mut refusal: ApiError, version: &str) -> ApiError {
    if refusal.param.is_some() && is_other_version(version) {
        let more = format!(" The sandbox implements {API_VERSION}; the request asked for {version}.");
        refusal.message = format!("{}{more}", refusal.message).into();
    }
    refusal
}

/// Stores a request and its reply in full, if this is enabled.
fn keep_exchange(state: &mut State, whose: &Scope, request: &Request, response: &Response) {
    let most = state.options.kept_exchanges;
    if most == 0 {
        return;
    }
    let entry = if state.options.journal { state.journal.dropped() + state.journal.len() } else { 0 };
    let exchange = Exchange {
        entry,
        id: response.header("request-id").unwrap_or_default().to_owned(),
        at: state.clock.now(),
        account: whose.to_string(),
        method: request.method.to_string(),
        target: request.target(),
        headers: request.shown_headers(),
        body: recent::text(&request.body),
        status: response.status,
        reply_headers: response
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect(),
        reply: recent::text(&response.body),
        code: response.error_code(),
    };
    state.exchanges.push(exchange, most);
}

/// The maximum length of a path in the journal, in bytes.
const LONGEST_PATH: usize = 300;

/// A path, truncated for the journal.
fn shortened(path: &str) -> String {
    match path.char_indices().find(|(at, _)| *at >= LONGEST_PATH) {
        Some((end, _)) => format!("{}…", path.get(..end).unwrap_or_default()),
        None => path.to_owned(),
    }
}

fn note(state: &mut State, scope: &Scope, method: &str, path: &str, (status, manner): (u16, ReplyInfo)) {
    if state.options.journal {
        let (scope, call) = (state.shared_scope(scope), format!("{method} {}", shortened(path)).into());
        state.note(LogEntry::Answered { scope, call, status, manner });
    }
}

fn answer(
    state: &mut State,
    request: &Request,
    scope: Scope,
    key: &auth::Key,
    request_id: &str,
    version: &str,
) -> Answer {
    let url = log_url(request, &scope, request_id, state.clock.now());
    let refuse = |refusal: ApiError| Response::refusal(&refusal.logged(url.clone()));
    let Some(wanted) = Target::of(request) else {
        return (refuse(unknown(request)), None);
    };
    if key.live && wanted.operation().is_some_and(|operation| operation.path.starts_with("/v1/test_helpers/"))
    {
        return (refuse(ApiError::invalid("Test helpers require a test mode key.")), None);
    }
    let in_use_kind = in_use_kind(state);
    let fault =
        state.faults.take(wanted.name(), &scope.account, &mut state.ids, |fault| !fault.waits_first());
    let spoiled = fault.as_ref().map(|fault| (fault.phase, fault.effect.spoils()));
    if let Some(fault) = fault.as_ref().filter(|fault| fault.phase == Phase::Before) {
        let refusal = fault.effect.refusal(in_use_kind);
        let mut response = refuse(
            refusal
                .unwrap_or_else(|| ApiError::internal("This error was planned as a fault in the sandbox.")),
        );
        response.wire = fault.effect.wire();
        return (response, spoiled);
    }
    let done = match wanted {
        Target::Contents(id) => hosted_pages::contents(state, &scope, id),
        Target::Operation(operation, path) => {
            let envelope = Envelope {
                scope,
                request_id: request_id.to_owned(),
                key: request.header("idempotency-key").map(str::to_owned),
                version: version.to_owned(),
                names_version: request.header("stripe-version").is_some(),
                masked_key: key.masked.clone(),
                log_url: url.clone(),
            };
            once(state, request, operation, path, &envelope)
        }
    };
    let mut response = done.unwrap_or_else(refuse);
    if let Some(fault) = fault {
        if let Some(refusal) = fault.effect.refusal(in_use_kind) {
            response = refuse(refusal);
        }
        response.wire = fault.effect.wire();
    }
    (response, spoiled)
}

/// The error for an unknown path, which Stripe may nevertheless have.
fn unknown(request: &Request) -> ApiError {
    let (method, path) = (request.method.as_str(), request.path.as_str());
    if spec::is_path_of_stripe(method, path) {
        return not_modelled::refusal(method, path);
    }
    ApiError::new(404, "invalid_request_error", format!("Unrecognized request URL ({method}: {path})."))
}

/// Makes a request for an account on behalf of the outside world: without a key and without faults.
pub(crate) fn perform(
    state: &mut State,
    scope: &Scope,
    (method, path): (&str, &str),
    form: &[(String, String)],
) -> Result<Json, ApiError> {
    let (operation, places) = spec::own(method, path)?;
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let envelope = Envelope {
        scope: scope.clone(),
        request_id: state.ids.id("req"),
        key: None,
        version: state.options.api_version.clone(),
        names_version: false,
        masked_key: String::new(),
        log_url: None,
    };
    let asked = Asked { operation, path: places, sent: spec::form(body.as_bytes())?, uploads: Vec::new() };
    let done = asked.prepare(UnknownParameters::Refuse).and_then(|prepared| prepared.run(state, &envelope));
    let status = done.as_ref().map_or_else(|refusal| refusal.status, |_| 200);
    note(state, scope, method, path, (status, ReplyInfo::default()));
    if state.options.kept_exchanges > 0 {
        let method = Method::from_bytes(method.as_bytes()).unwrap_or_default();
        let request = Request { method, path: path.to_owned(), body: body.into(), ..Request::default() };
        let mut response = match &done {
            Ok(reply) => Response::new(status, reply),
            Err(refusal) => Response::refusal(refusal),
        };
        response.headers.push(("request-id", envelope.request_id));
        keep_exchange(state, scope, &request, &response);
    }
    state.settle();
    done
}

fn in_use_kind(state: &State) -> &'static str {
    if state.options.key_in_use_is_idempotency_error { "idempotency_error" } else { "invalid_request_error" }
}

/// The idempotency key of a request, if the operation uses it.
fn keyed<'r>(operation: &Operation, request: &'r Request) -> Option<&'r str> {
    let counts = operation.method == "POST" || (operation.method == "DELETE" && operation.is_v2());
    request.header("idempotency-key").filter(|_| counts)
}

fn asked(request: &Request, operation: &Operation, sent: &Node, uploads: &[Upload]) -> idempotency::Asked {
    Keys::asked(operation.method, &request.path, &sent.canonical(), uploads)
}

/// Processes a request, unless its idempotency key was seen before: then returns the stored outcome.
fn once(
    state: &mut State,
    request: &Request,
    operation: &'static Operation,
    path: Vec<String>,
    envelope: &Envelope,
) -> Result<Response, ApiError> {
    require_preview(operation, request)?;
    let (sent, uploads) = read(request, operation)?;
    let key = keyed(operation, request)
        .map(|key| (IdempotencySlot::new(&envelope.scope, key), asked(request, operation, &sent, &uploads)));
    if let Some((place, asked)) = &key
        && let Verdict::Done(status, body, first) = state.keys.check(place, asked, in_use_kind(state))?
    {
        let mut response = Response::new(status, &body);
        response.headers.push((REPLAYED, "true".to_owned()));
        response.headers.push(("original-request", first));
        return Ok(response);
    }
    let unknown = state.options.unknown_parameters;
    let mut prepared = Asked { operation, path, sent, uploads }
        .prepare(unknown)
        .map_err(|refusal| in_version(refusal, &envelope.version))?;
    let ignored = std::mem::take(&mut prepared.ignored);
    let place = key.map(|(place, asked)| {
        let now = state.clock.now();
        state.keys.begin(&place, asked, &envelope.request_id, now, lifetime(state, operation));
        place
    });
    let (done, headers) = match prepared.run(state, envelope) {
        Ok(reply) => ((200, reply), Vec::new()),
        Err(refusal) => {
            let refusal = refusal.logged(envelope.log_url.clone());
            ((refusal.status, refusal.body()), refusal.headers().to_vec())
        }
    };
    let (status, body) = &done;
    let mut response = Response::new(*status, body);
    response.headers.extend(headers);
    if !ignored.is_empty() && unknown == UnknownParameters::Warn {
        let notice = format!("The sandbox ignored unknown parameters: {}.", ignored.join(", "));
        response.headers.push((NOTICE, notice));
    }
    if let Some(place) = place {
        // API v2 does not store failures and processes the request again; v1 stores the first result, except rate
        // limits and conflicts.
        let keep = if operation.is_v2() {
            response.status < 400
        } else {
            !matches!(response.status, 401 | 409 | 429)
        };
        let kept = keep.then(|| Outcome::of(*status, state.pack(&envelope.scope, body)));
        state.keys.finish(&place, kept);
        if let Some(most) = state.options.kept_replies {
            state.keys.keep(most);
        }
    }
    state.rest(&envelope.scope);
    Ok(response)
}

/// A request as received.
struct Asked {
    operation: &'static Operation,
    path: Vec<String>,
    sent: Node,
    uploads: Vec<Upload>,
}

/// A validated request, before any access to state.
struct Prepared {
    handler: Handler,
    operation: &'static Operation,
    path: Vec<String>,
    params: Json,
    expansion: Expansion,
    uploads: Vec<Upload>,
    /// The unknown parameters that were ignored.
    ignored: Vec<String>,
}

impl Asked {
    fn prepare(self, unknown: UnknownParameters) -> Result<Prepared, ApiError> {
        let Self { operation, path, mut sent, uploads } = self;
        let ignored = match unknown {
            UnknownParameters::Refuse => Vec::new(),
            UnknownParameters::Warn | UnknownParameters::Ignore => spec::drop_unknown(operation, &mut sent),
        };
        let params = spec::parameters(operation, &sent)?;
        let expansion = spec::expansion(operation, &params)?;
        let handler = resources::handler(operation.id)
            .ok_or_else(|| not_modelled::refusal(operation.method, operation.path))?;
        Ok(Prepared { handler, operation, path, params, expansion, uploads, ignored })
    }
}

impl Prepared {
    fn run(self, state: &mut State, envelope: &Envelope) -> Result<Json, ApiError> {
        let scope = &envelope.scope;
        let mut call = RequestContext::new(state, envelope, self.operation, self.path, self.params);
        call.uploads = self.uploads;
        call.expansion = self.expansion.clone();
        let mut reply = call.perform(self.handler)?;
        let context = state.context(scope.clone());
        self.expansion.apply(&mut reply, &|id| {
            let own = context.state.find(scope, id).and_then(|kept| resources::shown(&context, kept).ok());
            own.or_else(|| account(context.state, scope.live, id))
                .or_else(|| of_connected(context.state, scope, id))
                .or_else(|| of_platform(context.state, scope.live, id))
                .or_else(|| context.deleted(id))
        });
        self.expansion.hide(&mut reply);
        Ok(reply)
    }
}

/// How long the idempotency key of a request is remembered.
fn lifetime(state: &State, operation: &Operation) -> Duration {
    if operation.is_v2() { state.options.v2_key_lifetime } else { DAY }
}

/// An account's own object, which is stored among the platform's objects.
fn account(state: &State, live: bool, id: &str) -> Option<Json> {
    let platform = Scope::new(state.platform(), live);
    state.store(&platform)?.find("account", id).cloned()
}

/// An object of a connected account that an object of the platform refers to: the payment behind a transfer or a fee.
fn of_connected(state: &State, scope: &Scope, id: &str) -> Option<Json> {
    let is_platform = scope.account == state.platform();
    let accounts =
        state.connected().filter(|_| is_platform).map(|account| Scope::new(account.clone(), scope.live));
    accounts.filter_map(|account| state.find(&account, id)).next()
}

/// An object of the platform that an object of a connected account refers to: the fee of a charge, the transfer behind a
/// payment, the reversal behind a refund.
fn of_platform(state: &State, live: bool, id: &str) -> Option<Json> {
    let platform = state.store(&Scope::new(state.platform(), live))?;
    let kinds = ["application_fee", "transfer", "transfer_reversal"];
    kinds.into_iter().find_map(|kind| platform.find(kind, id)).cloned()
}

/// The parameters of body and query, and the files.
fn read(request: &Request, operation: &'static Operation) -> Result<(Node, Vec<Upload>), ApiError> {
    let mut sent = spec::form(request.query.as_bytes())?;
    let kind = request.media_type();
    let mut uploads = Vec::new();
    if operation.method == "POST" {
        let body = if kind == "multipart/form-data" {
            let content_type = request.header("content-type").unwrap_or_default();
            let (body, files) = spec::multipart(content_type, &request.body)?;
            uploads = files;
            body
        } else if operation.is_v2() {
            spec::from_json(&request.body)?
        } else if kind == "application/json" {
            let message = "This endpoint accepts a form body (application/x-www-form-urlencoded), not JSON.";
            return Err(ApiError::invalid(message));
        } else {
            spec::form(&request.body)?
        };
        sent.merge(body)?;
    }
    Ok((sent, uploads))
}
