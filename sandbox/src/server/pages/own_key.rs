//! Links of a page that shows the platform of one key, on a server with a platform per key.

/// Adds the key to the links and forms of a page, so that they lead to the same platform. Requests to Stripe's API
/// name the key in a header.
pub(super) fn keep(page: &str, key: &str) -> String {
    let key: String = url::form_urlencoded::byte_serialize(key.as_bytes()).collect();
    let mut out = String::with_capacity(page.len() + page.len() / 8);
    let mut rest = page;
    // Quotes in texts are escaped, so every `="/` is an address.
    while let Some(at) = rest.find("=\"/") {
        let (before, link) = rest.split_at(at + 2);
        let (address, after) = link.split_at(link.find('"').unwrap_or(link.len()));
        out.push_str(before);
        let is_link = [" href=\"", " action=\"", " data-part=\""].iter().any(|name| before.ends_with(name));
        if is_link && !address.starts_with("/v1/") {
            let (path, fragment) = address.split_at(address.find('#').unwrap_or(address.len()));
            let sign = if path.contains('?') { "&amp;" } else { "?" };
            out.push_str(&format!("{path}{sign}key={key}{fragment}"));
        } else {
            out.push_str(address);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_forms_keep_the_key() {
        for (page, expected) in [
            ("<a href=\"/\">", "<a href=\"/?key=sk+1\">"),
            ("<a href=\"/timeline?q=a#top\">", "<a href=\"/timeline?q=a&amp;key=sk+1#top\">"),
            ("<form action=\"/_sandbox/fund\">", "<form action=\"/_sandbox/fund?key=sk+1\">"),
            ("<form action=\"/v1/topups\">", "<form action=\"/v1/topups\">"),
            ("<script src=\"/live.js\">", "<script src=\"/live.js\">"),
            ("<a href=\"#main\">no link", "<a href=\"#main\">no link"),
        ] {
            assert_eq!(keep(page, "sk 1"), expected);
        }
    }
}
