//! Converts words of the document to Rust identifiers.

/// Keywords with a better replacement than a trailing `_`.
const STAND_INS: [(&str, &str); 4] =
    [("type", "kind"), ("ref", "reference"), ("use", "usage"), ("in", "within")];

/// Reserved words of Rust.
const KEYWORDS: [&str; 51] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// A field or module name in `snake_case`, never a keyword.
pub fn field(word: &str) -> String {
    let snake: String =
        word.chars().map(|c| if c.is_ascii() && !c.is_ascii_alphanumeric() { '_' } else { c }).collect();
    match STAND_INS.iter().find(|(keyword, _)| *keyword == snake) {
        Some((_, stand_in)) => (*stand_in).to_owned(),
        None if KEYWORDS.contains(&snake.as_str()) => format!("{snake}_"),
        None => snake,
    }
}

/// Whether a word is a Rust identifier of ASCII letters, digits and `_`.
pub fn is_identifier(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        && !KEYWORDS.contains(&name)
}

/// A type or variant name in `PascalCase`. `type` becomes `Kind`.
pub fn pascal(text: &str) -> String {
    if text == "type" {
        return "Kind".to_owned();
    }
    let mut out = String::new();
    let mut upper = true;
    for c in text.chars() {
        if !c.is_ascii_alphanumeric() {
            upper = true;
        } else if upper {
            out.push(c.to_ascii_uppercase());
            upper = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// The variant of an enum value.
pub fn variant(value: &str) -> String {
    match value {
        "*" => return "All".to_owned(),
        // `Unknown` is the variant for values that this crate does not know.
        "unknown" => return "StripeUnknown".to_owned(),
        "" => return "Empty".to_owned(),
        "self" => return "Itself".to_owned(),
        _ => {}
    }
    let name = pascal(value);
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("V{name}") } else { name }
}

/// The singular of a plural: `capabilities` → `capability`. Other words are unchanged.
pub fn singular(word: &str) -> String {
    const SAME: [&str; 8] =
        ["settings", "details", "data", "address", "status", "news", "business", "series"];
    let last = word.rsplit('_').next().unwrap_or(word);
    if SAME.contains(&last) || last.ends_with("ss") || last.ends_with("us") {
        return word.to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies") {
        return format!("{stem}y");
    }
    if let Some(stem) = word.strip_suffix("sses") {
        return format!("{stem}ss");
    }
    word.strip_suffix('s').unwrap_or(word).to_owned()
}

/// A name as a phrase: `statement_descriptor` → `Statement descriptor`.
pub fn phrase(wire: &str) -> String {
    let text = wire.replace(['_', '.'], " ");
    let mut out = String::new();
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        let shown = match word {
            "id" | "ids" | "url" | "ip" | "iban" | "bic" | "mcc" | "pin" | "cvc" | "ach" | "vat" | "ssn" => {
                word.to_ascii_uppercase().replace("IDS", "IDs")
            }
            _ if index == 0 => {
                let mut letters = word.chars();
                letters.next().map_or(String::new(), |c| c.to_uppercase().chain(letters).collect())
            }
            _ => word.to_owned(),
        };
        out.push_str(&shown);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers() {
        assert_eq!(pascal("issuing_card"), "IssuingCard");
        assert_eq!(pascal("type"), "Kind");
        assert_eq!(variant("*"), "All");
        assert_eq!(variant("account.updated"), "AccountUpdated");
        assert_eq!(variant("3ds"), "V3ds");
        assert_eq!(field("type"), "kind");
        assert_eq!(field("created.gte"), "created_gte");
    }

    #[test]
    fn singulars() {
        for (many, one) in [
            ("capabilities", "capability"),
            ("transaction_entries", "transaction_entry"),
            ("balance_settings", "balance_settings"),
            ("addresses", "address"),
            ("status", "status"),
            ("cards", "card"),
            ("business", "business"),
        ] {
            assert_eq!(singular(many), one);
        }
    }
}
