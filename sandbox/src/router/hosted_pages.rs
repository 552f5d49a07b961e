//! The pages that Stripe hosts, served by the sandbox: the form behind an account link, the Dashboard behind a login
//! link, and files behind file links. They work in a browser and with plain requests from a test.

use super::message::{Request, Response};
use super::onboarding_form;
use crate::engine::{ApiError, Scope};
use crate::html;
use crate::resources::accounts::files;
use crate::resources::accounts::links;
use crate::resources::accounts::links::Page;
use crate::state::State;
use crate::state::wire::Wire;
use bytes::Bytes;
use maud::{Markup, html as markup};

/// Whether a path is a page and not part of the API.
pub(crate) fn is_page(path: &str) -> bool {
    ["/setup/", "/express/", "/links/"].iter().any(|start| path.starts_with(start))
}

/// Answers a request for a page. No key is needed: the address grants access.
pub(crate) fn answer(state: &mut State, request: &Request) -> Response {
    let path = request.path.as_str();
    let segments: Vec<&str> = path.split('/').skip(1).collect();
    let method = request.method.as_str();
    let filled: Vec<(String, String)> = url::form_urlencoded::parse(&request.body)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    let page = match (method, segments.as_slice()) {
        ("GET", ["setup" | "express", code]) => Ok(links::open(state, code)),
        ("POST", ["setup", code, "complete"]) => state.attempt(|state| links::complete(state, code, &filled)),
        ("POST", ["setup", code, "leave"]) => state.attempt(|state| links::leave(state, code, &filled)),
        ("GET", ["links", code]) => return file(state, code),
        _ => Ok(Page::Nothing),
    };
    match page {
        Ok(Page::Ask) => match links::form(state, segments.get(1).copied().unwrap_or_default()) {
            Some(form) => onboarding(state, path, &form, &[], None),
            None => nothing(),
        },
        Ok(Page::Dashboard(account)) => dashboard(state, &account),
        Ok(Page::Go(url)) => {
            let mut response = html(303, "", &markup! {});
            response.headers.push(("location", url));
            response
        }
        Ok(Page::Nothing) => nothing(),
        Err(refusal) => {
            // The link is still valid: the form is shown again with the values filled in.
            let (place, _) = path.rsplit_once('/').unwrap_or((path, ""));
            match links::form(state, segments.get(1).copied().unwrap_or_default()) {
                Some(form) => onboarding(state, place, &form, &filled, Some(&refusal)),
                None => html(
                    refusal.status,
                    "The form was not accepted",
                    &markup! { h1 { "The form was not accepted" } p { (refusal.message) } },
                ),
            }
        }
    }
}

fn onboarding(
    state: &State,
    path: &str,
    form: &links::Form,
    filled: &[(String, String)],
    refusal: Option<&ApiError>,
) -> Response {
    let name = state.account_name(&form.account);
    let page = onboarding_form::page(path, form, name.as_deref(), filled, refusal);
    html(refusal.map_or(200, |refusal| refusal.status), "Onboarding", &page)
}

fn dashboard(state: &State, account: &str) -> Response {
    let name = state.account_name(account).unwrap_or_else(|| "Account".to_owned());
    html(
        200,
        "Dashboard",
        &markup! {
            h1 { "Dashboard" }
            p { (name) " " code class="muted" { (account) } }
            p { "At Stripe, this is the Express Dashboard. " a href={ "/accounts/" (account) } { "See the account in the sandbox" } }
        },
    )
}

fn nothing() -> Response {
    html(
        404,
        "Nothing here",
        &markup! { h1 { "Nothing here" } p { "The link does not exist, or it was used." } },
    )
}

fn file(state: &mut State, code: &str) -> Response {
    let scopes: Vec<Scope> = state.scopes().cloned().collect();
    let id = scopes.into_iter().find_map(|scope| files::behind(&state.context(scope), code));
    match id.and_then(|id| state.contents.get(&id).cloned()) {
        Some(content) => bytes(200, "application/octet-stream", content),
        None => nothing(),
    }
}

/// The id of the file, if the request asks for the contents of a file.
pub(crate) fn wants_contents<'r>(method: &str, path: &'r str) -> Option<&'r str> {
    let id = path.strip_prefix("/v1/files/")?.strip_suffix("/contents")?;
    (method == "GET" && !id.contains('/')).then_some(id)
}

/// The contents of an account's own file, at its `url`. Unlike pages it requires a key.
pub(crate) fn contents(state: &State, scope: &Scope, id: &str) -> Result<Response, ApiError> {
    let known = state.store(scope).and_then(|store| store.find("file", id));
    let content = known.and_then(|_| state.contents.get(id));
    let content = content.ok_or_else(|| ApiError::missing("file upload", id, "file"))?;
    Ok(bytes(200, "application/octet-stream", content.clone()))
}

fn html(status: u16, title: &str, main: &Markup) -> Response {
    let body = markup! {
        body {
            header class="top" { div class="in" { span class="brand" { i {} "Stripe sandbox" } span class="badge wait" { "test mode" } } }
            main { div class="narrow" { (main) } }
        }
    };
    let page = html::page(title, &markup! {}, &body);
    bytes(status, "text/html; charset=utf-8", Bytes::from(page))
}

fn bytes(status: u16, kind: &str, body: Bytes) -> Response {
    Response { status, headers: vec![("content-type", kind.to_owned())], body, wire: Wire::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_distinguished_from_the_api() {
        assert!(is_page("/setup/a") && is_page("/links/b") && !is_page("/v1/files"));
    }
}
