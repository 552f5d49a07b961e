//! Streamed replies: reports of long runs, and change notifications for open pages.

use super::Query;
use crate::Sandbox;
use crate::report;
use crate::report::Run;
use crate::router::Request;
use crate::server::body::Reply;
use bytes::Bytes;
use http::{HeaderValue, header};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;
use tokio::sync::mpsc;

/// The interval of checks for changes.
const LOOK: Duration = Duration::from_millis(300);

/// The number of checks without a change after which a keep-alive is sent.
const BEAT: u32 = 50;

/// Answers a request for a stream; `None` for all others, and for unknown parameters.
pub(crate) fn stream(sandbox: &Sandbox, wanted: &str, request: &Request) -> Option<http::Response<Reply>> {
    if request.method != http::Method::GET {
        return None;
    }
    let query = Query::of(request);
    let known = |names: &[&str]| query.0.keys().all(|name| names.contains(&name.as_str()));
    match wanted {
        "/report" if known(&["entries", "key"]) => {
            let most = match query.text("entries") {
                "" => report::html::SHOWN,
                "all" => usize::MAX,
                number => number.parse().ok()?,
            };
            let sandbox = sandbox.clone();
            Some(written("text/html; charset=utf-8", move |take| {
                report::html::write(&Run::in_parts(|| sandbox.state()), most, take);
            }))
        }
        "/report.md" if known(&["key"]) => {
            let sandbox = sandbox.clone();
            Some(written("text/markdown; charset=utf-8", move |take| {
                take(&report::markdown::write(&Run::in_parts(|| sandbox.state())));
            }))
        }
        "/changes" if known(&["key"]) => Some(changes(sandbox.clone())),
        _ => None,
    }
}

/// A body that is written by a separate thread.
fn written(
    kind: &'static str,
    write: impl FnOnce(&mut dyn FnMut(&str) -> bool) + Send + 'static,
) -> http::Response<Reply> {
    let (sender, receiver) = mpsc::channel(8);
    tokio::task::spawn_blocking(move || {
        write(&mut |part| sender.blocking_send(Bytes::from(part.to_owned())).is_ok());
    });
    reply(kind, receiver)
}

fn reply(kind: &'static str, receiver: mpsc::Receiver<Bytes>) -> http::Response<Reply> {
    let mut reply = http::Response::new(Reply::streamed(receiver));
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    reply
}

/// Server-sent events, one per change.
fn changes(sandbox: Sandbox) -> http::Response<Reply> {
    let (sender, receiver) = mpsc::channel(8);
    tokio::spawn(async move {
        let (mut before, mut beat) = (0, 0);
        loop {
            let now = revision(&sandbox);
            beat += 1;
            let line = if now != before {
                format!("data: {now:x}\n\n")
            } else if beat % BEAT == 0 {
                ":\n\n".to_owned()
            } else {
                String::new()
            };
            before = now;
            if sender.is_closed() || (!line.is_empty() && sender.send(Bytes::from(line)).await.is_err()) {
                return;
            }
            tokio::time::sleep(LOOK).await;
        }
    });
    reply("text/event-stream", receiver)
}

/// A number that changes whenever a page's content does.
fn revision(sandbox: &Sandbox) -> u64 {
    let state = sandbox.state();
    let mut hasher = DefaultHasher::new();
    let journal = state.journal.dropped() + state.journal.len();
    // A real clock must not cause an update every second.
    let minute = state.clock.now().div_euclid(60);
    (state.ids.state(), minute, journal, state.outbox.waiting()).hash(&mut hasher);
    hasher.finish()
}
