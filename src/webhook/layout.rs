//! Reformats JSON like another serializer, to detect whether a body was parsed and serialized again.

use crate::types::hex;

/// Larger bodies are not examined. Events are some kilobytes.
const LARGEST: usize = 256 << 10;

/// A JSON layout.
#[derive(Clone, Copy, PartialEq)]
enum Layout {
    /// Multi-line, indented by two spaces: Stripe's snapshot events.
    Lines,
    /// Without whitespace: Stripe's thin events.
    Compact,
}

/// The body as Stripe could have written it: in either layout, with plain line feeds and without unnecessary escapes.
pub(crate) fn as_sent(body: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    let text = std::str::from_utf8(body).ok().filter(|text| text.len() <= LARGEST);
    let layouts = if text.is_some() { &[Layout::Lines, Layout::Compact][..] } else { &[] };
    layouts.iter().map(move |layout| Writer::new(*layout).write(text.unwrap_or_default()))
}

struct Writer {
    layout: Layout,
    depth: usize,
    out: Vec<u8>,
}

impl Writer {
    fn new(layout: Layout) -> Self {
        Self { layout, depth: 0, out: Vec::new() }
    }

    fn write(mut self, text: &str) -> Vec<u8> {
        let mut rest = text.trim();
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => self.string(rest),
                '{' | '[' => self.open(first, rest),
                '}' | ']' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.line();
                    self.put(first)
                }
                ',' => {
                    self.put(',');
                    self.line();
                    1
                }
                ':' => {
                    self.put(':');
                    if self.layout == Layout::Lines {
                        self.put(' ');
                    }
                    1
                }
                other => self.put(other),
            };
            rest = rest.get(length..).unwrap_or_default().trim_start();
        }
        self.out
    }

    fn put(&mut self, c: char) -> usize {
        self.out.extend(c.encode_utf8(&mut [0; 4]).bytes());
        c.len_utf8()
    }

    fn line(&mut self) {
        if self.layout == Layout::Lines {
            self.out.push(b'\n');
            // The text is untrusted: its depth is capped so that the output stays small.
            self.out.extend(std::iter::repeat_n(b' ', 2 * self.depth.min(64)));
        }
    }

    /// Writes the start of an object or array. An empty one stays on its line.
    fn open(&mut self, first: char, rest: &str) -> usize {
        let inside = rest.get(1..).unwrap_or_default().trim_start();
        self.put(first);
        if let Some(end) = inside.chars().next().filter(|c| matches!(c, '}' | ']')) {
            self.put(end);
            return rest.len() - inside.len() + 1;
        }
        self.depth += 1;
        self.line();
        1
    }

    /// Writes a string without unnecessary escapes. Returns its length in the input.
    fn string(&mut self, rest: &str) -> usize {
        let mut at = self.put('"');
        while let Some(c) = rest.get(at..).and_then(|rest| rest.chars().next()) {
            if c != '\\' {
                at += self.put(c);
                if c == '"' {
                    break;
                }
                continue;
            }
            let escape = rest.get(at..).unwrap_or_default();
            at += match unescaped(escape) {
                Some((c, length)) => {
                    self.put(c);
                    length
                }
                None => {
                    let length = 1 + escape.chars().nth(1).map_or(0, char::len_utf8);
                    self.out.extend(escape.get(..length).unwrap_or_default().bytes());
                    length
                }
            };
        }
        at
    }
}

/// The character of an unnecessary escape, and the length of the escape.
fn unescaped(escape: &str) -> Option<(char, usize)> {
    if escape.starts_with("\\/") {
        return Some(('/', 2));
    }
    let unit = |at: usize| {
        let digits = escape.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::try_from(hex::number(digits.as_bytes())?).ok()
    };
    let first = unit(0)?;
    let units = [Some(first), unit(6)].into_iter().flatten();
    let c = char::decode_utf16(units).next()?.ok()?;
    let is_needed = c.is_control() || matches!(c, '"' | '\\');
    (!is_needed).then_some((c, if c.len_utf16() == 2 { 12 } else { 6 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_layout_converts_to_both_layouts_of_stripe() {
        let lines = "{\n  \"a\": {},\n  \"b\": [\n    1,\n    \"é/🙂\\n\\\"{,:\"\n  ],\n  \"c\": []\n}";
        let compact = "{\"a\":{},\"b\":[1,\"é/🙂\\n\\\"{,:\"],\"c\":[]}";
        let wide = lines.replace("  ", "    ").replace('\n', "\r\n");
        let escaped = compact.replace('é', "\\u00e9").replace('🙂', "\\ud83d\\ude42").replace('/', "\\/");
        for body in [lines, compact, &wide, &escaped] {
            let sent: Vec<_> =
                as_sent(body.as_bytes()).map(|body| String::from_utf8(body).unwrap()).collect();
            assert_eq!(sent, [lines, compact], "{body}");
        }
    }

    #[test]
    fn arbitrary_bytes_do_not_panic() {
        for body in [&b"\xff"[..], b"", b"\"", b"\"\\", b"\"\\u", b"\\", b"]]]]", b"\"\\ud83d\\u0041\""] {
            let _ = as_sent(body).count();
        }
        assert_eq!(as_sent(&vec![b'['; LARGEST + 1]).count(), 0);
    }
}
