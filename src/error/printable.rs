//! Escapes foreign text for logs and terminals.

/// Escapes every character that could end a line or change how the rest is displayed: control characters, line and
/// paragraph separators, direction marks. Otherwise a text could forge a log line.
pub(crate) fn printable(text: &str) -> String {
    if !text.contains(is_unprintable) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unprintable(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_forge_a_line() {
        let forged = "No such topup: 'tu_1\r\n\u{1b}[31mERROR\u{85}x\u{2028}y\u{202e}z\0'";
        let text = printable(forged);
        let expected = r"No such topup: 'tu_1\r\n\u{1b}[31mERROR\u{85}x\u{2028}y\u{202e}z\u{0}'";
        assert_eq!(text, expected);
        for plain in ["", "Zahlung läuft – 🙂", "a\\nb", "שלום"] {
            assert_eq!(printable(plain), plain);
        }
    }
}
