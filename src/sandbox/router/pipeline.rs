use super::faults::{Effect, Phase};
use super::keys::{DAY, Keys, Verdict};
use super::message::{Request, Response};
use super::{auth, hosted};
use crate::sandbox::core::{Json, Refusal, Scope};
use crate::sandbox::document::{self, Found, Node, Operation, Upload};
use crate::sandbox::systems;
use crate::sandbox::world::{Action, Envelope, Happening, World};

/// Answers a request, and then does what is due by now.
pub fn handle(world: &mut World, request: &Request) -> Response {
    if hosted::is_page(&request.path) {
        let response = hosted::answer(world, request);
        world.settle();
        return response;
    }
    let request_id = world.ids.id("req");
    let version =
        request.header("stripe-version").map_or_else(|| world.options.api_version.clone(), str::to_owned);
    let mut response = match auth::key(request) {
        Ok(key) => answer(world, request, &key, &request_id, &version),
        Err(refusal) => Response::refusal(&refusal),
    };
    let headers = &mut response.headers;
    headers.push(("request-id", request_id));
    headers.push(("stripe-version", version));
    for (name, sent) in [
        ("stripe-account", request.header("stripe-account")),
        ("idempotency-key", request.header("idempotency-key")),
    ] {
        if let Some(value) = sent {
            headers.push((name, value.to_owned()));
        }
    }
    let account = request.header("stripe-account").map_or_else(|| world.platform(), Into::into);
    let (method, path) = (request.method.to_string(), request.path.clone());
    world.note(Happening::Call { account, method, path, status: response.status });
    world.settle();
    response
}

fn answer(
    world: &mut World,
    request: &Request,
    key: &auth::Key,
    request_id: &str,
    version: &str,
) -> Response {
    let refuse = |refusal: Refusal| Response::refusal(&refusal);
    let scope = match auth::scope(world, request, key) {
        Ok(scope) => scope,
        Err(refusal) => return refuse(refusal),
    };
    let method = request.method.as_str();
    let (operation, path) = match document::find(method, &request.path) {
        Found::Operation(operation, path) => (operation, path),
        Found::OtherMethod | Found::Nothing => {
            if let Some(contents) = hosted::contents(world, &scope, request) {
                return contents;
            }
            let message = format!("Unrecognized request URL ({method}: {}).", request.path);
            return refuse(Refusal::new(404, "invalid_request_error", message));
        }
    };
    let fault = world.faults.take(operation.id, &scope.account, &mut world.ids);
    let in_use_kind = in_use_kind(world);
    if let Some(fault) = fault
        .as_ref()
        .filter(|fault| fault.phase == Phase::Before && !matches!(fault.effect, Effect::Delay(_)))
    {
        let refusal = fault.effect.refusal(in_use_kind);
        let mut response =
            refuse(refusal.unwrap_or_else(|| Refusal::internal("This fault was planned in the sandbox.")));
        response.wire = fault.effect.wire();
        return response;
    }
    let envelope = Envelope {
        scope,
        request_id: request_id.to_owned(),
        key: request.header("idempotency-key").map(str::to_owned),
        version: version.to_owned(),
        masked_key: key.masked.clone(),
    };
    let mut response = once(world, request, operation, path, &envelope).unwrap_or_else(refuse);
    if let Some(fault) = fault {
        if let Some(refusal) = fault.effect.refusal(in_use_kind) {
            response = refuse(refusal);
        }
        response.wire = fault.effect.wire();
    }
    response
}

fn in_use_kind(world: &World) -> &'static str {
    if world.options.key_in_use_is_idempotency_error { "idempotency_error" } else { "invalid_request_error" }
}

/// Does a request, unless its idempotency key was seen: then gives again what came of it.
fn once(
    world: &mut World,
    request: &Request,
    operation: &'static Operation,
    path: Vec<String>,
    envelope: &Envelope,
) -> Result<Response, Refusal> {
    let (sent, uploads) = read(request, operation)?;
    let keyed = operation.method == "POST" || (operation.method == "DELETE" && operation.is_v2());
    let key = envelope.key.as_deref().filter(|_| keyed);
    let scope = &envelope.scope;
    let asked = Keys::asked(operation.method, &request.path, &sent.canonical());
    if let Some(key) = key
        && let Verdict::Done(status, body, first) =
            world.keys.check(scope, key, &asked, in_use_kind(world))?
    {
        let mut response = Response::stored(status, body);
        response.headers.push(("idempotent-replayed", "true".to_owned()));
        response.headers.push(("original-request", first));
        return Ok(response);
    }
    let params = document::parameters(operation, &sent)?;
    let expansion = document::expansion(operation, &params)?;
    let handler = systems::handler(operation.id).ok_or_else(|| {
        let message = format!(
            "The sandbox has no behaviour for {} ({} {}).",
            operation.id, operation.method, operation.path
        );
        Refusal::new(501, "api_error", message)
            .code("not_implemented_in_sandbox")
            .header("stripe-should-retry", "false")
    })?;
    if let Some(key) = key {
        let now = world.clock.now();
        let lifetime = if operation.is_v2() { world.options.v2_key_lifetime } else { DAY };
        world.keys.begin(scope, key, asked, &envelope.request_id, now, lifetime);
    }
    let mut call = Action::new(world, envelope, operation, path, params);
    call.uploads = uploads;
    call.expansion = expansion.clone();
    let response = match call.perform(handler) {
        Ok(mut reply) => {
            expansion
                .apply(&mut reply, &|id| world.find(scope, id).or_else(|| account(world, scope.live, id)));
            Response::success(&reply)
        }
        Err(refusal) => Response::refusal(&refusal),
    };
    if let Some(key) = key {
        // v2 does not repeat failures, it tries again; v1 keeps the first result, but no limits and no conflicts.
        let keep = if operation.is_v2() {
            response.status < 400
        } else {
            !matches!(response.status, 401 | 409 | 429)
        };
        world.keys.finish(scope, key, keep.then(|| (response.status, response.body.clone())));
    }
    Ok(response)
}

/// An account's own object, which is kept among the platform's.
fn account(world: &World, live: bool, id: &str) -> Option<Json> {
    let platform = Scope::new(world.platform(), live);
    world.store(&platform)?.find("account", id).cloned()
}

/// The parameters of body and query, and the files.
fn read(request: &Request, operation: &'static Operation) -> Result<(Node, Vec<Upload>), Refusal> {
    let mut sent = document::form(request.query.as_bytes())?;
    let content_type = request.header("content-type").unwrap_or_default();
    let mut uploads = Vec::new();
    if operation.method == "POST" {
        let body = if content_type.starts_with("multipart/form-data") {
            let (body, files) = document::multipart(content_type, &request.body)?;
            uploads = files;
            body
        } else if operation.is_v2() {
            document::from_json(&request.body)?
        } else if content_type.starts_with("application/json") {
            let message = "This endpoint reads forms (application/x-www-form-urlencoded), not JSON.";
            return Err(Refusal::invalid(message));
        } else {
            document::form(&request.body)?
        };
        sent.merge(body)?;
    }
    Ok((sent, uploads))
}
