//! `cargo codegen api`: lists the public items of both crates, one per line, so that changes appear in review.
//!
//! The items are read from the HTML written by rustdoc, which works offline and with the stable toolchain. Generated
//! types are listed by name only; their members are determined by `openapi/`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// The crates by documentation name, each with the file of its list.
const CRATES: [(&str, &str); 2] =
    [("stripe_platform", "public-api.txt"), ("stripe_sandbox", "sandbox/public-api.txt")];

/// Marks the end of an item's own content on a page; the rest is inherited.
const ENDS: [&str; 5] = [
    "id=\"deref-methods",
    "id=\"trait-implementations\"",
    "id=\"implementors\"",
    "id=\"synthetic-implementations\"",
    "id=\"blanket-implementations\"",
];

/// Reads the documentation of both crates, which is built unless its folder is given. Returns the lists: the file, and its
/// text.
pub fn lists(workspace: &Workspace, docs: Option<PathBuf>) -> Result<Vec<(String, String)>> {
    let docs = docs.map_or_else(|| document(workspace), Ok)?;
    let mut lists = Vec::new();
    for (name, file) in CRATES {
        let lines = list(&docs.join(name), name)?;
        let text: String = lines.into_iter().map(|line| line + "\n").collect();
        lists.push((file.to_owned(), text));
    }
    Ok(lists)
}

/// Runs `cargo doc` and returns the output folder.
fn document(workspace: &Workspace) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = |arguments: &[&str]| {
        let mut command = Command::new(&cargo);
        command.current_dir(workspace.path("")).args(arguments).stderr(std::process::Stdio::inherit());
        command.output().map_err(|error| Error::file("cargo", error))
    };
    let packages = ["-p", "stripe-platform", "-p", "stripe-sandbox"];
    let arguments = [&["doc", "--quiet", "--no-deps", "--lib", "--all-features"][..], &packages].concat();
    if !run(&arguments)?.status.success() {
        return Err(Error::file("cargo doc", "failed"));
    }
    let metadata = run(&["metadata", "--format-version", "1", "--no-deps"])?.stdout;
    let metadata: serde_json::Value =
        serde_json::from_slice(&metadata).map_err(|error| Error::file("cargo metadata", error))?;
    let target = metadata["target_directory"].as_str();
    target
        .map(|target| Path::new(target).join("doc"))
        .ok_or_else(|| Error::file("cargo metadata", "has no target"))
}

/// The lines of a crate, sorted.
fn list(docs: &Path, name: &str) -> Result<BTreeSet<String>> {
    let mut lines = BTreeSet::new();
    for reexport in reexports(&read(&docs.join("index.html"))?) {
        lines.insert(reexport);
    }
    let index = read(&docs.join("all.html"))?;
    for link in pieces(&index, "<li><a href=\"", "\"").filter(|link| link.ends_with(".html")) {
        let page = read(&docs.join(link))?;
        lines.extend(item(&page, link, &format!("src/{name}/")));
    }
    match lines.len() {
        0..10 => Err(Error::file(docs.display(), "has an unexpected format; update public_api.rs")),
        _ => Ok(lines),
    }
}

fn read(file: &Path) -> Result<String> {
    std::fs::read_to_string(file).map_err(|error| Error::file(file.display(), error))
}

/// Items that a crate re-exports from other crates.
fn reexports(index: &str) -> impl Iterator<Item = String> {
    let places = index.split("id=\"reexport.").skip(1);
    places.filter_map(|place| pieces(place, "<code>", "</code>").next().map(text))
}

/// The lines of an item: its kind, and its members unless it is generated or from another crate.
fn item(page: &str, link: &str, sources: &str) -> Vec<String> {
    let (folder, file) = link.rsplit_once('/').unwrap_or(("", link));
    let mut parts = file.split('.');
    let (kind, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let path =
        if folder.is_empty() { name.to_owned() } else { format!("{}::{name}", folder.replace('/', "::")) };
    let whole = format!("{kind} {path}");
    let source = pieces(page, "<a class=\"src\" href=\"", "\"").next().unwrap_or_default();
    if source.split_once(sources).is_none_or(|(_, file)| file.starts_with("generated/")) {
        return vec![whole];
    }
    if matches!(kind, "fn" | "constant" | "static" | "type" | "macro") {
        let declared = pieces(page, "<pre class=\"rust item-decl\"><code>", "</code></pre>").next().map(text);
        return vec![format!("{whole}: {}", declared.unwrap_or_default())];
    }
    let own = ENDS.iter().filter_map(|end| page.find(end)).min().map_or(page, |end| page.split_at(end).0);
    let mut lines: Vec<String> = members(own).map(|member| format!("{whole}: {member}")).collect();
    let implemented: BTreeSet<String> = page
        .split_once("id=\"trait-implementations-list\"")
        .map(|(_, rest)| rest.split("id=\"synthetic-implementations").next().unwrap_or(rest))
        .map(|list| pieces(list, "<h3 class=\"code-header\">", "</h3>").map(text).collect())
        .unwrap_or_default();
    lines.extend(implemented.iter().map(|implemented| format!("{whole}: {implemented}")));
    lines.push(whole);
    lines
}

/// The methods, fields, variants and associated items of a page.
fn members(page: &str) -> impl Iterator<Item = String> {
    page.split(" id=\"").skip(1).filter_map(|place| {
        let kind = place.split('.').next()?;
        match kind {
            "method" | "tymethod" | "associatedconstant" | "associatedtype" => {
                pieces(place, "<h4 class=\"code-header\">", "</h4>").next().map(text)
            }
            "structfield" => pieces(place, "<code>", "</code>").next().map(text),
            // The fields of a variant are listed separately.
            "variant" => {
                let name = pieces(place, "<h3 class=\"code-header\">", "</h3>").next();
                name.or_else(|| pieces(place, "<code>", "</code>").next()).map(text)
            }
            _ => None,
        }
    })
}

/// The parts between two markers.
fn pieces<'a>(text: &'a str, begin: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| rest.split_once(end).map(|(piece, _)| piece))
}

/// Converts HTML to plain text on one line.
fn text(html: &str) -> String {
    let mut plain = String::new();
    for (index, piece) in html.split('<').enumerate() {
        let shown = if index == 0 { piece } else { piece.split_once('>').map_or("", |(_, shown)| shown) };
        plain.push_str(shown);
    }
    const ESCAPED: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    for (escaped, plainly) in ESCAPED {
        plain = plain.replace(escaped, plainly);
    }
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = r##"<a class="src" href="../../src/x/lib.rs.html#1">Source</a>
        <span id="structfield.at" class="structfield"><a href="#structfield.at">§</a><code>at: <a>u8</a></code></span>
        <section id="method.go" class="method"><h4 class="code-header">pub fn <a>go</a>&lt;T&gt;(&amp;self)<div class="where">where
        T: A</div></h4></section>
        <h2 id="trait-implementations">T</h2><div id="trait-implementations-list">
        <section id="impl-Clone-for-X"><h3 class="code-header">impl <a>Clone</a> for X</h3></section>
        <section id="method.clone"><h4 class="code-header">fn clone(&amp;self) -> X</h4></section></div>
        <h2 id="synthetic-implementations"><h3 class="code-header">impl Send for X</h3>"##;

    #[test]
    fn item_lists_members_and_implementations() {
        assert_eq!(
            item(PAGE, "a/b/struct.X.html", "src/x/"),
            [
                "struct a::b::X: at: u8",
                "struct a::b::X: pub fn go<T>(&self)where T: A",
                "struct a::b::X: impl Clone for X",
                "struct a::b::X",
            ]
        );
    }

    #[test]
    fn generated_type_is_one_line() {
        let page = PAGE.replace("/x/lib.rs", "/x/generated/a.rs");
        assert_eq!(item(&page, "struct.X.html", "src/x/"), ["struct X"]);
    }

    #[test]
    fn reexports_are_listed() {
        let index =
            "<dt id=\"reexport.Json\"><code>pub use <a>serde_json</a>::<a>Value</a> as Json;</code></dt>";
        assert_eq!(reexports(index).collect::<Vec<_>>(), ["pub use serde_json::Value as Json;"]);
    }
}
