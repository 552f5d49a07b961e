//! The files in the details of an account or a person.

use crate::engine::{ApiError, Json, Peek, bracketed};
use crate::resources::accounts::files;
use crate::state::AccountContext;

/// Checks that the files exist and have the right purpose.
pub(crate) fn check(books: &mut AccountContext<'_>, sent: &Json) -> Result<(), ApiError> {
    const IMAGES: &[&str] = &["business_icon", "business_logo"];
    const DOCUMENTS: &[&str] = &["additional_verification"];
    for (place, purposes) in [
        ("company.verification.document.front", DOCUMENTS),
        ("company.verification.document.back", DOCUMENTS),
        ("settings.branding.icon", IMAGES),
        ("settings.branding.logo", IMAGES),
    ] {
        if let Some(file) = sent.at(place).and_then(Json::as_str) {
            files::usable(books, file, purposes, || bracketed(place))?;
        }
    }
    check_documents(books, sent, |name| name.to_owned())
}

/// The same for `documents` of an account or a person. `param` is the position in the request.
pub(crate) fn check_documents(
    books: &mut AccountContext<'_>,
    sent: &Json,
    param: impl Fn(&str) -> String,
) -> Result<(), ApiError> {
    for (kind, document) in sent.at("documents").and_then(Json::as_object).into_iter().flatten() {
        for (place, file) in document.items("files").iter().filter_map(Json::as_str).enumerate() {
            let place = format!("documents[{kind}][files][{place}]");
            files::usable(books, file, &["account_requirement"], || param(&place))?;
        }
    }
    Ok(())
}
