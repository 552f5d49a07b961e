//! The pages that Stripe hosts, on the sandbox's own address: what an account link leads to, the dashboard behind a
//! login link, and files behind file links. A person can use them in a browser, a test by plain requests.

use super::message::{Request, Response, Wire};
use crate::engine::{Refusal, Scope};
use crate::resources::accounts::links;
use crate::resources::accounts::links::Page;
use crate::resources::accounts::files;
use crate::state::World;
use bytes::Bytes;

/// Whether a path is of a page, not of the API.
pub(crate) fn is_page(path: &str) -> bool {
    ["/setup/", "/express/", "/links/"].iter().any(|start| path.starts_with(start))
}

/// Answers a request for a page. No key is needed: whoever has the address may come in.
pub(crate) fn answer(world: &mut World, request: &Request) -> Response {
    let path = request.path.as_str();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let method = request.method.as_str();
    let filled: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let page = match (method, segments.as_slice()) {
        ("GET", ["setup" | "express", code]) => Ok(links::open(world, code)),
        ("POST", ["setup", code, "complete"]) => {
            world.attempt(|world| links::complete(world, code, &filled))
        }
        ("POST", ["setup", code, "leave"]) => {
            world.attempt(|world| links::leave(world, code, &filled))
        }
        ("GET", ["links", code]) => return file(world, code),
        _ => Ok(Page::Nothing),
    };
    let page = match page {
        Ok(page) => page,
        Err(refusal) => return refused(&refusal),
    };
    match page {
        Page::Ask(fields) => html(200, &form(path, &fields)),
        Page::Dashboard(account) => html(200, &format!("<h1>Dashboard</h1><p>{}</p>", escape(&account))),
        Page::Go(url) => {
            let mut response = html(303, "");
            response.headers.push(("location", url));
            response
        }
        Page::Nothing => html(404, "<h1>Nothing here</h1><p>The link does not exist, or it was used.</p>"),
    }
}

fn refused(refusal: &Refusal) -> Response {
    html(refusal.status, &format!("<h1>This cannot be sent</h1><p>{}</p>", escape(&refusal.message)))
}

fn file(world: &mut World, code: &str) -> Response {
    let scopes: Vec<Scope> = world.scopes().cloned().collect();
    let id = scopes.into_iter().find_map(|scope| files::behind(&world.work(scope), code));
    match id.and_then(|id| world.contents.get(&id).cloned()) {
        Some(content) => bytes(200, "application/octet-stream", content),
        None => html(404, "<h1>Nothing here</h1>"),
    }
}

/// How faults call the contents of a file.
pub(crate) const CONTENTS: &str = "GET /v1/files/{file}/contents";

/// The file whose contents a request asks for, if that is what it asks for.
pub(crate) fn wants_contents<'r>(method: &str, path: &'r str) -> Option<&'r str> {
    let id = path.strip_prefix("/v1/files/")?.strip_suffix("/contents")?;
    (method == "GET" && !id.contains('/')).then_some(id)
}

/// The contents of an account's own file, which its `url` leads to: for those with a key, unlike pages.
pub(crate) fn contents(world: &World, scope: &Scope, id: &str) -> Result<Response, Refusal> {
    let known = world.store(scope).and_then(|store| store.find("file", id));
    let content = known.and_then(|_| world.contents.get(id));
    let content = content.ok_or_else(|| Refusal::missing("file upload", id, "file"))?;
    Ok(bytes(200, "application/octet-stream", content.clone()))
}

fn form(path: &str, fields: &[(String, String)]) -> String {
    let rows: String = fields
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!("<p><label>{name} <input name=\"{name}\" value=\"{value}\"></label></p>")
        })
        .collect();
    let path = escape(path);
    format!(
        "<h1>Onboarding</h1><form method=\"post\" action=\"{path}/complete\">{rows}<button>Complete</button></form>\
         <form method=\"post\" action=\"{path}/leave\"><button>Return without completing</button></form>"
    )
}

/// Text that is safe between tags and in quotes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn html(status: u16, body: &str) -> Response {
    let page = format!("<!doctype html><meta charset=\"utf-8\"><title>Stripe sandbox</title>{body}");
    bytes(status, "text/html; charset=utf-8", Bytes::from(page))
}

fn bytes(status: u16, kind: &str, body: Bytes) -> Response {
    Response { status, headers: vec![("content-type", kind.to_owned())], body, wire: Wire::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_cannot_become_markup() {
        let page = form("/setup/a", &[("x\"><script>".to_owned(), "<b>".to_owned())]);
        assert!(!page.contains("<script>") && !page.contains("<b>"));
        assert!(is_page("/setup/a") && is_page("/links/b") && !is_page("/v1/files"));
    }
}
