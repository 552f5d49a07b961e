//! The log on the terminal: a line for each request and each webhook.

use super::output;
use std::io::IsTerminal as _;
use stripe_sandbox::server::Logged;

/// Whether to use colours: on a terminal, unless `NO_COLOR` is set.
pub(super) fn is_coloured() -> bool {
    std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Prints a line.
pub(super) fn line(logged: &Logged<'_>, coloured: bool) {
    output::line(&text(logged, coloured));
}

fn text(logged: &Logged<'_>, coloured: bool) -> String {
    match logged {
        Logged::Request { method, target, account, status, code, time } => {
            let status = paint(&status.to_string(), tone(*status), coloured);
            let account = account.map(|account| format!("  {account}")).unwrap_or_default();
            let code = code.map(|code| format!("  {}", paint(code, "33", coloured))).unwrap_or_default();
            format!("{status}  {method:<6} {}{account}{code}  {} ms", clean(target), time.as_millis())
        }
        Logged::Webhook(attempt) => {
            let outcome = match &attempt.outcome {
                Ok(status) => paint(&status.to_string(), tone(*status), coloured),
                Err(why) => format!("{}  {}", paint("---", "31", coloured), clean(why)),
            };
            format!(
                "{outcome}  event  {} to {}  {} ms",
                attempt.kind,
                clean(&attempt.url),
                attempt.milliseconds
            )
        }
    }
}

fn tone(status: u16) -> &'static str {
    match status {
        ..400 => "32",
        400..500 => "33",
        _ => "31",
    }
}

fn paint(text: &str, colour: &str, coloured: bool) -> String {
    if coloured { format!("\u{1b}[{colour}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// External text on one line, without terminal escape codes.
fn clean(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn request_is_one_line_without_escape_codes() {
        let logged = |target| Logged::Request {
            method: "GET",
            target,
            account: Some("acct_1"),
            status: 404,
            code: Some("resource_missing"),
            time: Duration::from_millis(3),
        };
        let line = text(&logged("/v1/topups/x"), false);
        assert_eq!(line, "404  GET    /v1/topups/x  acct_1  resource_missing  3 ms");
        assert!(text(&logged("/"), true).starts_with("\u{1b}[33m404"));
        let line = text(&logged("/a\u{1b}[2J\n"), false);
        assert!(!line.contains('\u{1b}') && !line.contains('\n'));
    }
}
