//! A client of the sandbox that records requests and replies.

use super::fixture::flatten;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use stripe_platform::{
    BoxFuture, Client, ReplyBody, Transport, TransportBody, TransportError, TransportReply, TransportRequest,
};
use stripe_sandbox::Sandbox;

/// A request and its reply.
pub struct Exchange {
    pub method: String,
    pub path: String,
    /// The connected account of the request.
    pub account: Option<String>,
    /// The decoded parameters by their names on the wire; empty for a file upload.
    pub params: BTreeMap<String, String>,
    pub status: u16,
    pub body: Json,
}

/// The recorded exchanges.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Exchange>>>);

impl Log {
    pub fn take(&self) -> Vec<Exchange> {
        std::mem::take(&mut *self.0.lock().expect("the lock is not poisoned"))
    }
}

/// A client of a sandbox's platform.
pub fn client(sandbox: &Sandbox) -> (Client, Log) {
    let log = Log::default();
    let recorder = Recorder { sandbox: sandbox.clone(), log: log.clone() };
    let client = sandbox.client_builder().transport(Arc::new(recorder)).build().expect("a client");
    (client, log)
}

/// The requests of a run, one per line.
pub fn told(log: &[Exchange]) -> String {
    let lines: Vec<String> = log
        .iter()
        .map(|call| format!("{} {}: {} {}", call.method, call.path, call.status, call.body))
        .collect();
    lines.join("\n")
}

struct Recorder {
    sandbox: Sandbox,
    log: Log,
}

impl Transport for Recorder {
    fn execute(&self, request: TransportRequest) -> BoxFuture<'_, Result<TransportReply, TransportError>> {
        let mut params = pairs(request.url.query().unwrap_or_default().as_bytes());
        if let TransportBody::Bytes(bytes) = &request.body {
            match serde_json::from_slice(bytes) {
                // API v2 takes JSON.
                Ok(json @ Json::Object(_)) => flatten(&json, "", &mut params),
                _ => params.extend(pairs(bytes)),
            }
        }
        let account = request.headers.get("stripe-account").and_then(|account| account.to_str().ok());
        let mut exchange = Exchange {
            method: request.method.as_str().to_owned(),
            path: request.url.path().to_owned(),
            account: account.map(str::to_owned),
            params,
            status: 0,
            body: Json::Null,
        };
        Box::pin(async move {
            let reply = self.sandbox.execute(request).await?;
            exchange.status = reply.status;
            if let ReplyBody::Bytes(bytes) = &reply.body {
                exchange.body = serde_json::from_slice(bytes).unwrap_or_default();
            }
            self.log.0.lock().expect("the lock is not poisoned").push(exchange);
            Ok(reply)
        })
    }
}

fn pairs(form: &[u8]) -> BTreeMap<String, String> {
    url::form_urlencoded::parse(form).into_owned().collect()
}
