//! The direction of imports in the written crates, read from their source: which room uses which, and which files form a
//! circle. A room is a folder or a file directly below `src/`; each may use itself and the rooms before it in a stated order.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::error::{Error, Result};

/// The order of rooms of one crate. Rooms that are not listed (the root, generated code, tests, programs) are free.
#[derive(Debug)]
pub struct Order {
    /// The folder of the sources, from the root of the project.
    pub source: &'static str,
    /// In order: the first room uses no other, the last may use all.
    pub rooms: &'static [&'static str],
}

/// The orders that ARCHITECTURE.md states.
pub const ORDERS: [Order; 2] = [
    Order { source: "src", rooms: &["wire", "types", "error", "client", "webhook", "outbox", "testing"] },
    Order {
        source: "sandbox/src",
        rooms: &[
            "engine",
            "html",
            "spec",
            "state",
            "resources",
            "router",
            "report",
            "delivery",
            "handles",
            "server",
        ],
    },
];

/// The maximum number of files that use each other.
pub const LARGEST_CIRCLE: usize = 3;

/// A module's path inside its crate.
type Module = Vec<String>;

/// The imports of one crate.
#[derive(Debug, Default)]
pub struct Imports {
    /// The files that each file uses, with the path as it is written.
    edges: BTreeMap<Module, BTreeMap<Module, String>>,
}

/// The paths and re-exports of one file.
#[derive(Default)]
struct File {
    /// The module in which a path is written, and the path.
    paths: Vec<(Module, Vec<String>)>,
    /// Re-exports: the module, the name, and the path of the item.
    exports: Vec<(Module, String, Vec<String>)>,
}

impl Imports {
    /// Reads the files below a folder. Tests and generated code are left out.
    pub fn read(source: &Path) -> Result<Self> {
        let mut texts = Vec::new();
        collect(source, &Module::new(), &mut texts)?;
        Self::of(&texts)
    }

    /// Reads sources that are given with the paths of their modules.
    pub fn of(texts: &[(Module, String)]) -> Result<Self> {
        let modules: BTreeSet<Module> = texts.iter().map(|(module, _)| module.clone()).collect();
        let mut files = BTreeMap::new();
        let mut exports = HashMap::new();
        for (module, text) in texts {
            let tokens: TokenStream = text
                .parse()
                .map_err(|error| Error::file(module.join("/"), format!("cannot be read as Rust: {error}")))?;
            let mut file = File::default();
            scan(tokens, module, &mut file);
            for (place, name, path) in &file.exports {
                if let Some(full) = absolute(place, path, &modules) {
                    exports.insert([place.as_slice(), std::slice::from_ref(name)].concat(), full);
                }
            }
            files.insert(module.clone(), file);
        }
        let mut edges: BTreeMap<Module, BTreeMap<Module, String>> = BTreeMap::new();
        for (module, file) in &files {
            let uses = edges.entry(module.clone()).or_default();
            for (place, path) in &file.paths {
                let Some(full) = absolute(place, path, &modules) else { continue };
                let target = resolve(full, &modules, &exports);
                if !target.is_empty() && target != *module && !module.starts_with(&target) {
                    uses.entry(target).or_insert_with(|| path.join("::"));
                }
            }
        }
        Ok(Self { edges })
    }

    /// The imports that break an order, each with the rule.
    pub fn violations(&self, order: &Order) -> Vec<String> {
        let rank =
            |module: &Module| order.rooms.iter().position(|room| module.first().is_some_and(|m| m == room));
        let mut found = Vec::new();
        for (from, uses) in &self.edges {
            for (to, path) in uses {
                if let (Some(own), Some(other)) = (rank(from), rank(to))
                    && other > own
                {
                    found.push(format!(
                        "{}/{} uses `{path}`: `{}` may use only itself and {:?}",
                        order.source,
                        from.join("/"),
                        order.rooms[own],
                        &order.rooms[..own],
                    ));
                }
            }
        }
        found
    }

    /// The groups of files that use each other, directly or through others, largest first.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let reach: BTreeMap<&Module, BTreeSet<&Module>> =
            self.edges.keys().map(|module| (module, self.reachable(module))).collect();
        let mut seen: BTreeSet<&Module> = BTreeSet::new();
        let mut circles = Vec::new();
        for (module, reached) in &reach {
            if seen.contains(module) || !reached.contains(module) {
                continue;
            }
            let circle: Vec<&&Module> = reach
                .iter()
                .filter(|(other, back)| reached.contains(*other) && back.contains(module))
                .map(|(other, _)| other)
                .collect();
            seen.extend(circle.iter().copied());
            circles.push(circle.into_iter().map(|module| module.join("/")).collect());
        }
        circles.sort_by_key(|circle: &Vec<String>| std::cmp::Reverse(circle.len()));
        circles
    }

    /// The files that a file uses, directly or through others.
    fn reachable<'a>(&'a self, module: &Module) -> BTreeSet<&'a Module> {
        let mut reached = BTreeSet::new();
        let mut open: Vec<&Module> = self.uses(module).collect();
        while let Some(next) = open.pop() {
            if reached.insert(next) {
                open.extend(self.uses(next));
            }
        }
        reached
    }

    /// A parent module and its children count as one piece, so paths between them are ignored.
    fn uses<'a>(&'a self, module: &Module) -> impl Iterator<Item = &'a Module> {
        let from = module.clone();
        self.edges.get(module).into_iter().flat_map(BTreeMap::keys).filter(move |to| !to.starts_with(&from))
    }
}

fn collect(folder: &Path, module: &Module, into: &mut Vec<(Module, String)>) -> Result<()> {
    let shown = folder.display().to_string();
    let unreadable = |error: std::io::Error| Error::file(shown.clone(), error.to_string());
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        if path.is_dir() {
            if !name.starts_with("generated") && name != "tests" {
                collect(&path, &[module.as_slice(), &[name.to_owned()]].concat(), into)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") && name != "tests" {
            let own = match name {
                "mod" | "lib" | "main" => module.clone(),
                name => [module.as_slice(), &[name.to_owned()]].concat(),
            };
            into.push((own, fs::read_to_string(&path).map_err(unreadable)?));
        }
    }
    Ok(())
}

/// Collects the paths of a file that begin with `crate`, `self` or `super`. A path in a macro (`$crate::...`) is an
/// import of the file that uses the macro, so it is skipped.
fn scan(tokens: TokenStream, place: &Module, into: &mut File) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    let mut of_tests = false;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                if let Some(TokenTree::Group(group)) = tokens.get(at + 1) {
                    of_tests = of_tests || group.stream().to_string().replace(' ', "") == "cfg(test)";
                }
            }
            TokenTree::Ident(ident) if ident == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    if !of_tests {
                        scan(body.stream(), &[place.as_slice(), &[name.to_string()]].concat(), into);
                    }
                    at += 2;
                }
                of_tests = false;
            }
            TokenTree::Ident(ident) if ident == "use" && is_item(&tokens, at) => {
                let end = (at..tokens.len())
                    .find(|at| matches!(&tokens[*at], TokenTree::Punct(punct) if punct.as_char() == ';'))
                    .unwrap_or(tokens.len());
                let mut leaves = Vec::new();
                expand(&tokens[at + 1..end], &[], &mut leaves);
                let passes_on = at > 0
                    && matches!(&tokens[at - 1], TokenTree::Ident(ident) if ident == "pub")
                    || at > 1 && matches!(&tokens[at - 2], TokenTree::Ident(ident) if ident == "pub");
                for (path, alias) in leaves {
                    let name = alias.or_else(|| path.last().cloned()).unwrap_or_default();
                    if passes_on {
                        into.exports.push((place.clone(), name, path));
                    } else if !of_tests {
                        into.paths.push((place.clone(), path));
                    }
                }
                of_tests = false;
                at = end;
            }
            TokenTree::Ident(ident)
                if matches!(ident.to_string().as_str(), "crate" | "super")
                    && !(at > 0
                        && matches!(&tokens[at - 1], TokenTree::Punct(punct) if punct.as_char() == '$')) =>
            {
                let path = plain_path(&tokens, &mut at);
                if path.len() > 1 {
                    into.paths.push((place.clone(), path));
                }
                continue;
            }
            TokenTree::Group(group) => {
                if group.delimiter() == Delimiter::Brace && of_tests {
                    of_tests = false;
                } else {
                    scan(group.stream(), place, into);
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Whether `use` begins an item. In a bound such as `impl Trait + use<'a>` it does not.
fn is_item(tokens: &[TokenTree], at: usize) -> bool {
    !matches!(tokens.get(at + 1), Some(TokenTree::Punct(punct)) if punct.as_char() == '<')
}

/// Reads `a::b::c` at a position, and moves the position behind it.
fn plain_path(tokens: &[TokenTree], at: &mut usize) -> Vec<String> {
    let mut path = Vec::new();
    while let Some(TokenTree::Ident(ident)) = tokens.get(*at) {
        path.push(ident.to_string());
        *at += 1;
        if !is_separator(tokens, *at) {
            break;
        }
        *at += 2;
    }
    path
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize| matches!(tokens.get(at), Some(TokenTree::Punct(punct)) if punct.as_char() == ':');
    colon(at) && colon(at + 1)
}

/// The paths of a `use`, with the names that `as` gives them.
fn expand(tokens: &[TokenTree], prefix: &[String], into: &mut Vec<(Vec<String>, Option<String>)>) {
    let mut path = prefix.to_vec();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(ident) if ident == "as" => {
                let alias = tokens.get(at + 1).map(ToString::to_string);
                into.push((path, alias));
                return;
            }
            TokenTree::Ident(ident) => path.push(ident.to_string()),
            TokenTree::Group(group) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                inner
                    .split(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ','))
                    .filter(|part| !part.is_empty())
                    .for_each(|part| expand(part, &path, into));
                return;
            }
            _ => {}
        }
        at += 1;
    }
    if path.len() > 1 && path.last().is_some_and(|last| last == "self") {
        path.pop();
    }
    into.push((path, None));
}

/// The path from the root of the crate; `None` for a path into another crate.
fn absolute(place: &Module, path: &[String], modules: &BTreeSet<Module>) -> Option<Vec<String>> {
    let mut rest = path;
    let mut base: Vec<String> = match rest.first()?.as_str() {
        "crate" => Vec::new(),
        "self" | "super" => place.clone(),
        name => {
            let child = [place.as_slice(), &[name.to_owned()]].concat();
            return modules.contains(&child).then(|| [place.as_slice(), path].concat());
        }
    };
    while let Some((first, others)) = rest.split_first() {
        match first.as_str() {
            "crate" | "self" => {}
            "super" => drop(base.pop()),
            _ => break,
        }
        rest = others;
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// The file that defines the item of a path, following re-exports.
fn resolve(
    mut path: Vec<String>,
    modules: &BTreeSet<Module>,
    exports: &HashMap<Vec<String>, Vec<String>>,
) -> Module {
    for _ in 0..8 {
        let passed = (1..=path.len())
            .rev()
            .find(|length| !modules.contains(&path[..*length]) && exports.contains_key(&path[..*length]));
        let Some(length) = passed else { break };
        let target = [exports[&path[..length]].as_slice(), &path[length..]].concat();
        if target == path {
            break;
        }
        path = target;
    }
    (0..=path.len())
        .rev()
        .map(|length| path[..length].to_vec())
        .find(|module| modules.contains(module))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ORDER: Order = Order { source: "src", rooms: &["low", "high"] };

    fn read(files: &[(&str, &str)]) -> Imports {
        let texts: Vec<(Module, String)> = files
            .iter()
            .map(|(name, text)| {
                (
                    name.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect(),
                    (*text).to_owned(),
                )
            })
            .collect();
        Imports::of(&texts).unwrap()
    }

    #[test]
    fn an_import_against_the_order_is_reported_with_its_rule() {
        let high = ("high/b", "pub struct B;");
        for (name, low) in [
            ("a use", "use crate::high::b::B;"),
            ("a group", "use crate::{high::{b::B, c}, other};"),
            ("a path", "fn f() -> crate::high::b::B { todo() }"),
            ("a path in a macro", "fn f() { assert!(crate::high::b::B == 1); }"),
            ("a path from the parent", "use super::super::high::b::B;"),
            ("a name that is passed on", "use crate::B;"),
            ("an inner module", "mod inner { use crate::high::b::B; }"),
        ] {
            let imports = read(&[("", "pub use crate::high::b::B;"), ("low/a", low), high]);
            let found = imports.violations(&ORDER);
            assert_eq!(found.len(), 1, "{name}: {found:?}");
            assert!(found[0].starts_with("src/low/a uses `"), "{name}: {found:?}");
            assert!(found[0].ends_with("`low` may use only itself and []"), "{name}: {found:?}");
        }
        for (name, low) in [
            ("a comment", "// crate::high::b::B"),
            ("a text", "const A: &str = \"crate::high::b::B\";"),
            ("a test", "#[cfg(test)] mod tests { use crate::high::b::B; }"),
            ("a path in a macro", "macro_rules! m { () => { $crate::high::b::B } }"),
            ("another crate", "use other::high::b::B;"),
        ] {
            let found = read(&[("low/a", low), high]).violations(&ORDER);
            assert!(found.is_empty(), "{name}: {found:?}");
        }
        assert!(read(&[("high/b", "use crate::low::a;"), ("low/a", "")]).violations(&ORDER).is_empty());
    }

    #[test]
    fn circles_are_found_through_other_files() {
        let imports = read(&[
            ("low/a", "use super::b::B;"),
            ("low/b", "use super::c::C;"),
            ("low/c", "use crate::low::a::A;"),
            ("low/d", "use super::a::A;"),
        ]);
        assert_eq!(imports.circles(), [["low/a", "low/b", "low/c"]]);
    }

    #[test]
    fn rooms_of_both_crates_keep_their_order() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        for order in &ORDERS {
            let imports = Imports::read(&root.join(order.source)).unwrap();
            for room in order.rooms {
                assert!(root.join(order.source).join(room).is_dir(), "there is no {}/{room}", order.source);
            }
            let broken = imports.violations(order);
            assert!(
                broken.is_empty(),
                "imports against the order of ARCHITECTURE.md:\n{}",
                broken.join("\n")
            );
            let circles = imports.circles();
            let large: Vec<_> = circles.iter().filter(|circle| circle.len() > LARGEST_CIRCLE).collect();
            assert!(
                large.is_empty(),
                "more than {LARGEST_CIRCLE} files of {} use each other: {large:?}",
                order.source
            );
        }
    }
}
