//! Collects every public name of the generated code from its text.

use std::path::Path;
use std::sync::LazyLock;

/// The names declared in the generated files.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Paths of modules and types, including requests and their required parameters.
    pub modules: Vec<String>,
    pub types: Vec<String>,
    /// Fields and variants with their wire names.
    pub members: Vec<(String, String)>,
    /// Constructors, setters and getters.
    pub functions: Vec<String>,
    /// Paths of enums with their values.
    pub enums: Vec<(String, Vec<String>)>,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| {
    let mut names = Names::default();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated"));
    visit(root, "crate", &mut names);
    names
});

/// Visits a folder, which is a module.
fn visit(folder: &Path, module: &str, names: &mut Names) {
    // Tables for tests and internal use.
    const INTERNAL: [&str; 3] = ["catalog", "events", "operations"];
    for entry in std::fs::read_dir(folder).expect("the generated files are there") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let inner = if stem == "mod" { module.to_owned() } else { format!("{module}::{stem}") };
        if path.is_dir() {
            visit(&path, &inner, names);
        } else if !(module == "crate" && INTERNAL.contains(&stem)) {
            let text = std::fs::read_to_string(&path).expect("a file of text");
            read(&tokens(&text), &inner, names);
            names.modules.push(inner);
        }
    }
}

fn read(tokens: &[&str], module: &str, names: &mut Names) {
    let path = |name: &str| format!("{module}::{name}");
    for (index, token) in tokens.iter().enumerate() {
        let rest = tokens.get(index + 1..).unwrap_or_default();
        match (*token, rest) {
            ("pub", ["struct", name, ..]) => names.types.push(path(name)),
            ("pub", ["fn", name, ..]) => names.functions.push((*name).to_owned()),
            // `record! { Type, "object", mode { field "wire" FLAGS, … } }`, with `secret` behind the mode or not
            ("record", ["!", "{", _, ",", _, ",", _, "{", fields @ ..])
            | ("record", ["!", "{", _, ",", _, ",", _, "secret", "{", fields @ ..]) => {
                let end = fields.iter().position(|token| *token == "}").expect("the table ends");
                let fields = fields.get(..end).unwrap_or_default().split(|token| *token == ",");
                names.members.extend(fields.filter_map(|field| match field {
                    [name, wire, ..] => Some(((*name).to_owned(), text(wire)?)),
                    _ => None,
                }));
            }
            // `open_enum! { Name { Variant "wire", … } }`
            ("open_enum", ["!", "{", name, "{", variants @ ..]) => {
                let end = variants.iter().position(|token| *token == "}").expect("the enum ends");
                let variants = variants.get(..end).unwrap_or_default().windows(2);
                let variants: Vec<(String, String)> = variants
                    .filter_map(|window| match window {
                        [name, wire] if text(name).is_none() => Some(((*name).to_owned(), text(wire)?)),
                        _ => None,
                    })
                    .collect();
                names.types.push(path(name));
                names.enums.push((path(name), variants.iter().map(|(_, wire)| wire.clone()).collect()));
                names.members.extend(variants);
            }
            // `union! { Name { Variant(Type) "object" deleted as_name, … } }`, with `secret` before the name or not
            ("union", ["!", "{", name, "{", arms @ ..])
            | ("union", ["!", "{", "secret", name, "{", arms @ ..]) => {
                names.types.push(path(name));
                let end = arms.iter().position(|token| *token == "}").expect("the union ends");
                for arm in arms.get(..end).unwrap_or_default().split(|token| *token == ",") {
                    if let [variant, "(", .., ")", object, _, getter] = arm {
                        names.members.extend(text(object).map(|object| ((*variant).to_owned(), object)));
                        names.functions.push((*getter).to_owned());
                    }
                }
            }
            _ => {}
        }
    }
}

/// The value of a literal.
fn text(token: &str) -> Option<String> {
    token.strip_prefix('"')?.strip_suffix('"').map(str::to_owned)
}

/// Words, literals and punctuation, without comments and whitespace.
fn tokens(text: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first == '"' {
            literal(rest)
        } else if is_word(first) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else {
            first.len_utf8()
        };
        let (token, tail) = rest.split_at(length);
        if !token.starts_with("//") {
            out.push(token);
        }
        rest = tail.trim_start();
    }
    out
}

/// The length of a quoted string.
fn literal(text: &str) -> usize {
    let mut escaped = false;
    let end = text.char_indices().skip(1).find(|(_, c)| {
        let ends = *c == '"' && !escaped;
        escaped = *c == '\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |(index, _)| index + 1)
}
