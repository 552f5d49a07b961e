//! Files and file links.

use super::test_values;
use crate::engine::calendar::DAY;
use crate::engine::{ApiError, Json, Peek, set};
use crate::resources::{Resource, entry};
use crate::state::{AccountContext, Change, RequestContext};
use serde_json::json;

/// The maximum size of a file, in bytes.
const LARGEST: usize = 16 << 20;
/// The maximum number of links shown in a file.
/// The maximum size of an identity document, in bytes.
const LARGEST_DOCUMENT: usize = 10 << 20;
/// How many days dispute evidence is stored.
const EVIDENCE_DAYS: i64 = 270;
/// The magic bytes of file types, and whether they are allowed for identity documents of persons; other documents can
/// have any of them.
const TYPES: [(&[u8], bool); 3] = [(b"\x89PNG", true), (&[0xff, 0xd8, 0xff], true), (b"%PDF", false)];
const LINKS: usize = 10;
/// The purposes of files that can have links; others, such as identity documents, cannot be downloaded.
const LINKABLE: [&str; 14] = [
    "business_icon",
    "business_logo",
    "customer_signature",
    "dispute_evidence",
    "finance_report_run",
    "financial_account_statement",
    "identity_document_downloadable",
    "issuing_regulatory_reporting",
    "pci_document",
    "selfie",
    "sigma_scheduled_query",
    "tax_document_user_upload",
    "terminal_android_apk",
    "terminal_reader_splashscreen",
];

/// The purposes of files that are verified.
const DOCUMENTS: [&str; 3] = ["identity_document", "additional_verification", "account_requirement"];

pub(crate) static RESOURCE: Resource = Resource {
    name: "files",
    entries: &[
        entry("PostFiles", create, &[]),
        entry("GetFiles", list, &[]),
        entry("GetFilesFile", retrieve, &[]),
        entry("PostFileLinks", create_link, &[]),
        entry("GetFileLinks", list_links, &[]),
        entry("GetFileLinksLink", |call| Ok(current(call.now(), call.retrieve("file_link")?)), &[]),
        entry("PostFileLinksLink", update_link, &[]),
    ],
    machines: &[],
    rules: &[],
};

fn create(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let upload = call.uploads.iter().find(|upload| upload.parameter == "file").cloned();
    let upload = upload.ok_or_else(|| {
        ApiError::invalid("Invalid file: must be sent as a file in a multipart body.").param("file")
    })?;
    if upload.content.is_empty() || upload.content.len() > LARGEST {
        let message = format!("Invalid file: must have from 1 to {LARGEST} bytes.");
        return Err(ApiError::invalid(message).code("file_size").param("file"));
    }
    let purpose = call.text("purpose").unwrap_or_default();
    is_document(&purpose, &upload.content)?;
    let id = call.id("file");
    let kind = upload.filename.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    let url = format!("{}/v1/files/{id}/contents", call.state.options.base_url);
    let file = json!({
        "id": id, "filename": upload.filename, "purpose": call.param("purpose"), "size": upload.content.len(),
        "type": kind, "url": useful_outside(&purpose).then_some(url), "expires_at": expiry(call, &purpose),
    });
    let with_link = call.flag("file_link_data.create");
    if with_link {
        useful(&file, &LINKABLE, || "file_link_data[create]".to_owned())?;
    }
    call.create("file", "file", file)?;
    call.state.contents.insert(id.clone(), upload.content);
    if with_link {
        let expires_at = call.param("file_link_data.expires_at");
        let metadata =
            call.param("file_link_data.metadata").filter(Json::is_object).unwrap_or_else(|| json!({}));
        link(call, &id, expires_at, metadata)?;
    }
    let file = call.get("file", &id, "file")?;
    Ok(show(call, file))
}

/// Checks that a document is readable: pictures for persons, PDF files also for others.
fn is_document(purpose: &str, content: &[u8]) -> Result<(), ApiError> {
    if !DOCUMENTS.contains(&purpose) {
        return Ok(());
    }
    if content.len() > LARGEST_DOCUMENT {
        let message = format!("Invalid file: a document can have at most {LARGEST_DOCUMENT} bytes.");
        return Err(ApiError::invalid(message).code("file_size").param("file"));
    }
    let of_person = purpose == "identity_document";
    if TYPES.iter().any(|(start, identifies)| content.starts_with(start) && (*identifies || !of_person)) {
        return Ok(());
    }
    let types = if of_person { "JPEG or PNG" } else { "JPEG, PNG or PDF" };
    Err(ApiError::invalid(format!("Invalid file: with purpose {purpose} its type must be {types}."))
        .param("file"))
}

/// Whether the content of a file can be downloaded; identity documents cannot.
fn useful_outside(purpose: &str) -> bool {
    purpose != "account_requirement"
}

/// When a file expires: dispute evidence is stored for a limited time.
fn expiry(call: &RequestContext<'_>, purpose: &str) -> Option<i64> {
    (purpose == "dispute_evidence").then(|| call.now() + EVIDENCE_DAYS * DAY)
}

fn retrieve(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let file = call.retrieve("file")?;
    Ok(show(call, file))
}

fn list(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let mut page = call.list("file")?;
    for file in page.get_mut("data").and_then(Json::as_array_mut).into_iter().flatten() {
        *file = show(call, file.take());
    }
    Ok(page)
}

/// A file with its latest links.
pub(crate) fn show(context: &AccountContext<'_>, mut file: Json) -> Json {
    let id = file.text("id").to_owned();
    let links = context
        .state
        .store(context.scope())
        .into_iter()
        .flat_map(|store| store.before("file_link", u64::MAX));
    let mut links = links.filter(|link| link.id_at("file") == id);
    let now = context.now();
    let data: Vec<Json> = links.by_ref().take(LINKS).map(|link| current(now, link.into_owned())).collect();
    let url = format!("/v1/file_links?file={id}");
    let list = json!({ "object": "list", "data": data, "has_more": links.next().is_some(), "url": url });
    set(&mut file, "links", list);
    file
}

fn link(
    call: &mut RequestContext<'_>,
    file: &str,
    expires_at: Option<Json>,
    metadata: Json,
) -> Result<Json, ApiError> {
    if expires_at.as_ref().and_then(Json::as_i64).is_some_and(|at| at <= call.now()) {
        return Err(ApiError::invalid("Invalid expires_at: must be in the future.").param("expires_at"));
    }
    let code = call.state.ids.text(32);
    let url = format!("{}/links/{code}", call.state.options.base_url);
    let made =
        json!({ "file": file, "expired": false, "expires_at": expires_at, "metadata": metadata, "url": url });
    call.create("file_link", "link", made)
}

fn create_link(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let file = call.text("file").unwrap_or_default();
    useful(&call.get("file", &file, "file")?, &LINKABLE, || "file".to_owned())?;
    let (expires_at, metadata) = (call.param("expires_at"), call.metadata());
    link(call, &file, expires_at, metadata)
}

/// A link at a given time: after its expiry it has no address.
fn current(now: i64, mut link: Json) -> Json {
    if is_over(&link, now) {
        set(&mut link, "expired", true);
        set(&mut link, "url", Json::Null);
    }
    link
}

fn is_over(link: &Json, now: i64) -> bool {
    link.at("expires_at").and_then(Json::as_i64).is_some_and(|at| at <= now)
}

fn list_links(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let now = call.now();
    let links = call.all("file_link").map(|link| current(now, link.clone())).collect();
    call.page(links)
}

fn update_link(call: &mut RequestContext<'_>) -> Result<Json, ApiError> {
    let old = call.retrieve("file_link")?;
    let now = call.now();
    let expires_at = match call.param("expires_at") {
        Some(Json::String(text)) if text == "now" => Some(now.into()),
        Some(Json::String(_)) => Some(Json::Null),
        other => other,
    };
    if expires_at.is_some() && is_over(&old, now) {
        return Err(ApiError::invalid(
            "Invalid expires_at: an expired link cannot be changed; create a new one.",
        )
        .param("expires_at"));
    }
    let metadata = call.merged_metadata(&old)?;
    let Change { object, .. } = call.change(old.text("id"), |link| {
        if let Some(expires_at) = expires_at {
            set(link, "expires_at", expires_at);
        }
        if let Some(metadata) = metadata {
            set(link, "metadata", metadata);
        }
    })?;
    Ok(current(now, object))
}

/// The file of a link with this code; `None` if the link does not exist or has expired.
pub(crate) fn behind(context: &AccountContext<'_>, code: &str) -> Option<String> {
    let end = format!("/links/{code}");
    let link = context.all("file_link").find(|link| link.text("url").ends_with(&end))?;
    (!is_over(link, context.now())).then(|| link.id_at("file").to_owned())
}

/// Checks that a file exists and has one of these purposes. Test values stand for documents and need no upload.
pub(crate) fn usable(
    books: &mut AccountContext<'_>,
    id: &str,
    purposes: &[&str],
    param: impl Fn() -> String,
) -> Result<(), ApiError> {
    let is_test_value = test_values::is_document(id);
    if id.is_empty() || (is_test_value && purposes.iter().all(|purpose| DOCUMENTS.contains(purpose))) {
        return Ok(());
    }
    let of =
        |context: &AccountContext<'_>| context.peek(id).filter(|file| file.text("object") == "file").cloned();
    let found = of(books).or_else(|| of(&books.of_platform()));
    let file = found.ok_or_else(|| ApiError::missing("file upload", id, &param()))?;
    useful(&file, purposes, param)
}

/// Checks the purpose of a file.
fn useful(file: &Json, purposes: &[&str], param: impl Fn() -> String) -> Result<(), ApiError> {
    if purposes.contains(&file.text("purpose")) {
        return Ok(());
    }
    let message = format!("Invalid file: its purpose {} is not allowed here.", file.text("purpose"));
    Err(ApiError::invalid(message).param(param()))
}
