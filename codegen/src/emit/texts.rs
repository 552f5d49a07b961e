//! Checks that every field has a text that says more than its name.

use super::ir::{Field, Ir};
use crate::docs::Docs;
use crate::error::Error;
use std::collections::BTreeSet;

/// Words that add no meaning to a name.
const FILLERS: [&str; 8] = ["a", "an", "concerned", "its", "of", "that", "the", "this"];

/// Reports fields without a text, and those whose text only repeats the name.
pub fn check(ir: &Ir, docs: &Docs) -> Vec<Error> {
    let structs = ir.shapes.iter().filter(|shape| !shape.gone).map(|shape| shape.body.fields());
    let requests = ir.requests.iter().map(|request| request.fields.as_slice());
    let mut faults: Vec<Error> =
        structs.chain(requests).flatten().filter_map(|field| fault(field, docs)).collect();
    // One text can serve many fields.
    let mut seen = BTreeSet::new();
    faults.retain(|fault| seen.insert((fault.file.clone(), fault.pointer.clone())));
    faults
}

fn fault(field: &Field, docs: &Docs) -> Option<Error> {
    let Some(text) = &field.text else {
        let message = format!("no text for `{}` in {}", field.key, docs.file);
        let line = format!("{:?} = \"\"", field.key);
        return Some(
            Error::at("openapi/stripe.json", &field.pointer, message).with_line("[fields]".to_owned(), line),
        );
    };
    repeats(&field.wire, text).then(|| {
        let message = format!("the text of `{}` only repeats its name: {text:?}", field.key);
        Error::at(&docs.file, docs.place_of(&field.key, &field.wire), message)
    })
}

/// Whether a text contains only words of the name.
fn repeats(name: &str, text: &str) -> bool {
    let words = |text: &str| -> BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .map(|word| word.to_lowercase().trim_end_matches('s').to_owned())
            .filter(|word| !word.is_empty() && !FILLERS.contains(&word.as_str()))
            .collect()
    };
    words(text).is_subset(&words(name))
}

#[cfg(test)]
mod tests {
    use super::repeats;

    #[test]
    fn text_that_repeats_the_name_is_found() {
        assert!(repeats("alipay", "Alipay."));
        assert!(repeats("fee_details", "The details of the fee."));
        assert!(repeats("account", "The account concerned."));
        assert!(!repeats("account", "The connected account that receives the money."));
    }
}
