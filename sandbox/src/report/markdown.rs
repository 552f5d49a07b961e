use super::run::Run;
use super::timeline::{Moment, What};
use crate::html::{date, money, span};
use crate::state::State;
use std::fmt::Write;

/// The maximum number of messages of a diagram: Mermaid handles a few hundred.
const DRAWN: usize = 200;

/// A run as Markdown: the final balances, a sequence diagram of the beginning, and the complete timeline.
pub fn markdown(state: &State) -> String {
    write(&Run::of(state))
}

pub(crate) fn write(run: &Run) -> String {
    let Run { moments, platform, .. } = run;
    let mut out = format!(
        "# Sandbox run\n\nPlatform `{}`, from {} to {} UTC.\n\n## Balances\n\n",
        plain(platform),
        date(run.from),
        date(run.now)
    );
    if run.charts.is_empty() {
        out.push_str("No money moved.\n");
    } else {
        out.push_str("| Account | Balance | Lowest | Highest | At the end |\n|---|---|--:|--:|--:|\n");
    }
    for chart in &run.charts {
        for series in &chart.series {
            let show = |amount: i64| money(amount, &chart.currency);
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                named(run, &chart.account),
                plain(&series.name),
                show(series.lowest_after()),
                show(series.highest()),
                show(series.last())
            );
        }
    }
    if !run.totals.is_empty() {
        out.push_str("\n## Payments between accounts\n\n| From | To | In total |\n|---|---|--:|\n");
    }
    for ((payer, payee, currency), amount) in &run.totals {
        let _ =
            writeln!(out, "| {} | {} | {} |", named(run, payer), named(run, payee), money(*amount, currency));
    }
    if !run.stuck.is_empty() {
        out.push_str("\n## Undeliverable webhooks\n\n| Event | Address |\n|---|---|\n");
    }
    for (kind, url) in &run.stuck {
        let _ = writeln!(out, "| {} | {} |", plain(kind), plain(url));
    }
    out.push_str("\n## Sequence\n\n```mermaid\nsequenceDiagram\n");
    out.push_str(
        "    participant C as Client\n    participant S as Stripe\n    participant E as Endpoints\n",
    );
    for moment in moments.iter().take(DRAWN) {
        draw(&mut out, moment, platform);
    }
    if moments.len() > DRAWN {
        let _ = writeln!(out, "    Note over C,E: and {} more", moments.len() - DRAWN);
    }
    out.push_str("```\n\n## Timeline\n\n| Time | Account | What |\n|---|---|---|\n");
    for moment in moments {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            date(moment.at),
            plain(&moment.account),
            plain(&sentence(&moment.what))
        );
    }
    out
}

/// An account with its name, if it has one, and its id.
fn named(run: &Run, account: &str) -> String {
    match run.name(account) {
        Some(name) => format!("{} `{}`", plain(name), plain(account)),
        None if account.starts_with("acct_") => format!("`{}`", plain(account)),
        None => plain(account),
    }
}

fn draw(out: &mut String, moment: &Moment, platform: &str) {
    let whose = if moment.account == platform { "" } else { moment.account.as_str() };
    let for_whom = if whose.is_empty() { String::new() } else { format!(" for {}", plain(whose)) };
    let text = plain(&sentence(&moment.what));
    let line = match &moment.what {
        What::Call { line, answer, good, .. } => {
            let arrow = if *good { "-->>" } else { "--x" };
            format!("    C->>S: {}{for_whom}\n    S{arrow}C: {}", plain(line), plain(answer))
        }
        What::Fund { .. } => format!("    Note over S: {text}{for_whom}"),
        What::Event { .. } => format!("    Note right of S: {text}{for_whom}"),
        What::Webhook { .. } => format!("    S->>E: {text}"),
        What::Clock(moved) => format!("    Note over C,E: {} later: {}", span(*moved), date(moment.at)),
        What::Skipped(_) => format!("    Note over S: {text}"),
    };
    out.push_str(&line);
    out.push('\n');
}

fn sentence(what: &What) -> String {
    match what {
        What::Call { line, answer, code, .. } if !code.is_empty() => format!("{line}: {answer} ({code})"),
        What::Call { line, answer, .. } => format!("{line}: {answer}"),
        What::Fund { balance, amount } => format!("funds into {balance}: {amount}"),
        What::Event { kind, about, .. } if about.is_empty() => kind.clone(),
        What::Event { kind, about, .. } => format!("{kind} ({about})"),
        What::Webhook { kind, endpoint, status: Some(status), .. } => {
            format!("{kind} to {endpoint}: {status}")
        }
        What::Webhook { kind, endpoint, status: None, .. } => format!("{kind} to {endpoint}: no answer"),
        What::Clock(moved) => format!("the clock was moved by {}", span(*moved)),
        What::Skipped(why) => format!("no longer possible: {why}"),
    }
}

/// Escapes characters with a meaning in Markdown tables, code and Mermaid.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '|' | '`' | ';' | '#' | '<' | '>' | '\\' | '[' | ']' | '*' | '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_cannot_break_a_cell_or_a_diagram() {
        let what = What::Call {
            line: "GET /v1/a|b`c;d\n<e>".to_owned(),
            answer: "404".to_owned(),
            good: false,
            code: String::new(),
            number: 1,
        };
        let mut out = String::new();
        draw(&mut out, &Moment { at: 0, account: "acct_x".to_owned(), what }, "acct_p");
        assert_eq!(out, "    C->>S: GET /v1/a b c d  e  for acct_x\n    S--xC: 404\n");
    }
}
