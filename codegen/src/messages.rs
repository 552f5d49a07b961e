//! The form of error messages in all crates, read from their source.
//!
//! Replies of the sandbox are sentences, as Stripe's are. All other messages follow a place or a cause, so they begin in
//! lower case and have no period at the end.

use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::error::Error;

/// A part of the source whose messages have one form.
struct Part {
    folders: &'static [&'static str],
    /// The functions, variants and attributes that create an error from a text.
    calls: &'static [&'static str],
    is_well_formed: fn(&str) -> bool,
    /// The minimum number of texts, so that the scan cannot pass vacuously.
    least: usize,
}

/// The name of variables that hold the text of an error.
const MESSAGE: &str = "message";

const PARTS: [Part; 3] = [
    Part {
        folders: &[
            "sandbox/src/engine",
            "sandbox/src/handles",
            "sandbox/src/resources",
            "sandbox/src/router",
            "sandbox/src/server",
            "sandbox/src/spec",
            "sandbox/src/state",
        ],
        calls: &[
            "ApiError::insufficient",
            "ApiError::internal",
            "ApiError::invalid",
            "ApiError::new",
            "ApiError::not_implemented",
            "refuse",
            MESSAGE,
        ],
        is_well_formed: is_sentence,
        least: 350,
    },
    Part {
        folders: &["codegen/src", "sandbox/src/cli", "sandbox/src/delivery", "src", "store/src"],
        calls: &[
            "Err",
            "Error::at",
            "Error::file",
            "Error::invalid_input",
            "LogError::new",
            "OutboxError::Unsuitable",
            "OutboxError::store",
            "error",
            "map_err",
            "ok_or",
            "ok_or_else",
            MESSAGE,
        ],
        is_well_formed: is_fragment,
        least: 200,
    },
    Part { folders: &["sandbox/src/server"], calls: &["error"], is_well_formed: is_fragment, least: 8 },
];

/// The texts inside of calls, and those of variables named [`MESSAGE`], if that is among the calls.
fn texts(stream: TokenStream, calls: &[&str], found: &mut Vec<String>) {
    // The path directly before the token.
    let mut path = String::new();
    let mut tokens = stream.into_iter();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(name) if path == "let" && name == MESSAGE && calls.contains(&MESSAGE) => {
                let value = tokens.by_ref().take_while(|token| !is_punct(token, ';'));
                literals(value.collect(), found);
                path.clear();
            }
            TokenTree::Ident(name) if path.ends_with("::") => path.push_str(&name.to_string()),
            TokenTree::Ident(name) => path = name.to_string(),
            TokenTree::Punct(punct) if punct.as_char() == ':' => path.push(':'),
            TokenTree::Group(group) => {
                let is_call = |call: &&str| path == **call || path.ends_with(&format!("::{call}"));
                let is_called = group.delimiter() == Delimiter::Parenthesis && calls.iter().any(is_call);
                if is_called {
                    literals(group.stream(), found);
                } else {
                    texts(group.stream(), calls, found);
                }
                path.clear();
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => path.clear(),
        }
    }
}

fn is_punct(token: &TokenTree, wanted: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == wanted)
}

/// The string literals of at least two words.
fn literals(stream: TokenStream, found: &mut Vec<String>) {
    for token in stream {
        match token {
            TokenTree::Group(group) => literals(group.stream(), found),
            TokenTree::Literal(literal) => {
                let literal = literal.to_string();
                let text = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
                let is_text =
                    |text: &&str| text.contains(' ') && text.contains(|c: char| c.is_ascii_lowercase());
                found.extend(text.filter(is_text).map(str::to_owned));
            }
            _ => {}
        }
    }
}

/// Whether a text begins with a capital, a quotation or a value, and ends with a period or, as some of Stripe's do, with
/// a value.
fn is_sentence(text: &str) -> bool {
    let begins = text.starts_with(|c: char| c.is_ascii_uppercase() || "'`{".contains(c));
    begins && text.ends_with(['.', '}'])
}

/// Whether a text does not begin with a capitalized word, except for names, and does not end with punctuation.
fn is_fragment(text: &str) -> bool {
    const NAMES: [&str; 1] = ["Stripe"];
    let first = text.split(' ').next().unwrap_or_default();
    let mut letters = first.chars();
    let is_capitalized = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.next().is_some_and(|c| c.is_ascii_lowercase());
    (NAMES.contains(&first) || !is_capitalized) && !text.ends_with(['.', ':', ';', ',', ' '])
}

/// Calls a function with each written file of a folder, without its unit tests.
fn for_each_file(folder: &Path, run: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        if ["contract", "generated", "generated_tests", "tests", "tests.rs", "messages.rs"]
            .contains(&name.as_str())
        {
            continue;
        }
        if path.is_dir() {
            for_each_file(&path, run);
        } else if name.ends_with(".rs") {
            let text = fs::read_to_string(&path).unwrap();
            run(&path, text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default());
        }
    }
}

#[test]
fn texts_are_found_in_calls_and_variables() {
    let source = r#"
        #[error("an {attribute} text")]
        fn run() {
            let message = if x { format!("In {x}.") } else { "In words.".to_owned() };
            let other = "not a message";
            return Err(crate::Error::at(file, "/x", format!("in {}", list.join(", "))));
        }
    "#;
    let mut found = Vec::new();
    texts(source.parse().unwrap(), &["error", "Error::at", MESSAGE], &mut found);
    assert_eq!(found, ["an {attribute} text", "In {x}.", "In words.", "in {}"]);
}

#[test]
fn forms_are_distinguished() {
    assert!(
        is_sentence("Send one.") && is_sentence("Invalid integer: {text}") && is_sentence("'{x}' is wrong.")
    );
    assert!(!is_sentence("send one.") && !is_sentence("Send one"));
    assert!(is_fragment("the key is empty") && is_fragment("TLS is missing") && is_fragment("Stripe failed"));
    assert!(!is_fragment("The key is empty") && !is_fragment("the key is empty."));
}

#[test]
fn messages_have_one_form() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    for part in &PARTS {
        let (mut number, mut wrong) = (0, Vec::new());
        for folder in part.folders {
            for_each_file(&root.join(folder), &mut |file, source| {
                let mut found = Vec::new();
                texts(source.parse().unwrap(), part.calls, &mut found);
                number += found.len();
                found.retain(|text| !(part.is_well_formed)(text));
                wrong.extend(found.into_iter().map(|text| format!("{}: {text}", file.display())));
            });
        }
        assert!(wrong.is_empty(), "messages of another form:\n{}", wrong.join("\n"));
        assert!(number >= part.least, "only {number} messages were found in {:?}", part.folders);
    }
}

#[test]
fn errors_of_the_generator_begin_with_their_place() {
    for (error, expected) in [
        (Error::file("keep.toml", "is not TOML"), "keep.toml: is not TOML"),
        (
            Error::at("stripe.json", "/paths/~1v1~1topups", "the operation has no `operationId`"),
            "stripe.json#/paths/~1v1~1topups: the operation has no `operationId`",
        ),
        (
            Error::file("docs.toml", "no text for `a`").with_line("[fields]".to_owned(), "a = ''".to_owned()),
            "docs.toml: no text for `a`",
        ),
    ] {
        assert_eq!(error.to_string(), expected);
    }
}
