use super::svg;
use super::money::{money, payments, totals};
use super::timeline::{Moment, What, balances, date, moments, span};
use crate::state::World;
use std::fmt::Write;

const STYLE: &str = "\
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1f36;background:#fff}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #e3e8ee;\
vertical-align:top;overflow-wrap:anywhere}td:first-child{white-space:nowrap;font-variant-numeric:tabular-nums}\
svg{width:100%;height:auto;background:#f7f9fc}svg path{fill:none;stroke-width:2}svg .zero{stroke:#c1c9d2;stroke-width:1}\
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1.2rem}.legend i{display:inline-block;\
width:.8em;height:.8em;margin-right:.4em}.clock td{background:#fff8e1}.event td{color:#0a7f5a}.webhook td{color:#1b6fb8}\
.bad td{color:#b3093c}code{font:13px ui-monospace,monospace}\
@media(prefers-color-scheme:dark){body{background:#14171f;color:#e3e8ee}td,th{border-color:#333a47}svg{background:#1d2230}\
.clock td{background:#3a3420}.event td{color:#5fd3a9}.webhook td{color:#7cb8f0}.bad td{color:#ff8fa8}}";

/// A run as one HTML page that loads nothing from elsewhere.
pub fn html(world: &World) -> String {
    let moments = moments(world);
    let now = world.clock.now();
    let from = world.options.start;
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Sandbox run</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>Sandbox run</h1>\n\
         <p>Platform <code>{}</code>. From {} to {} UTC. {} entries.</p>\n<h2>Balances</h2>\n",
        escape(&world.platform()),
        date(from),
        date(now),
        moments.len()
    );
    let charts = balances(world);
    if charts.is_empty() {
        out.push_str("<p>No money moved.</p>\n");
    }
    for balances in &charts {
        // Writing to text cannot fail, here and below.
        let _ = writeln!(
            out,
            "<h3><code>{}</code> in {}</h3>",
            escape(&balances.account),
            balances.currency.to_uppercase()
        );
        out.push_str(&svg::svg(balances, from, now));
    }
    paid(&mut out, world);
    undeliverable(&mut out, world);
    out.push_str(
        "<h2>Timeline</h2>\n<table>\n<tr><th>Time</th><th>Account</th><th>What</th><th></th></tr>\n",
    );
    for moment in &moments {
        row(&mut out, moment);
    }
    out.push_str("</table>\n</body>\n</html>\n");
    out
}

/// Who paid whom, in total and one by one.
fn paid(out: &mut String, world: &World) {
    let payments = payments(world);
    if payments.is_empty() {
        return;
    }
    out.push_str("<h2>Who paid whom</h2>\n<table>\n<tr><th>From</th><th>To</th><th>In total</th></tr>\n");
    for (payer, payee, currency, amount) in totals(&payments) {
        let _ = writeln!(
            out,
            "<tr><td><code>{}</code></td><td><code>{}</code></td><td>{}</td></tr>",
            escape(payer),
            escape(payee),
            money(amount, currency)
        );
    }
    out.push_str(
        "</table>\n<details><summary>Every movement</summary>\n<table>\n\
         <tr><th>Time</th><th>From</th><th>To</th><th>Amount</th><th>For</th></tr>\n",
    );
    for payment in &payments {
        let _ = writeln!(
            out,
            "<tr><td>{}</td><td><code>{}</code> {}</td><td><code>{}</code> {}</td><td>{}</td><td>{}</td></tr>",
            date(payment.at),
            escape(payment.from.owner()),
            escape(&payment.from.balance),
            escape(payment.to.owner()),
            escape(&payment.to.balance),
            money(payment.amount, &payment.currency),
            payment.kind
        );
    }
    out.push_str("</table>\n</details>\n");
}

/// What waits for an endpoint that cannot be reached.
fn undeliverable(out: &mut String, world: &World) {
    let mut waiting = world.outbox.put_away().peekable();
    if waiting.peek().is_none() {
        return;
    }
    out.push_str(
        "<h2>Webhooks that nobody receives</h2>\n<table>\n<tr><th>Event</th><th>Address</th></tr>\n",
    );
    for (kind, url) in waiting {
        let _ = writeln!(out, "<tr><td>{}</td><td><code>{}</code></td></tr>", escape(kind), escape(url));
    }
    out.push_str("</table>\n");
}

fn row(out: &mut String, moment: &Moment) {
    let (class, what, detail) = match &moment.what {
        What::Call { line, answer, good } => {
            (if *good { "call" } else { "bad" }, line.clone(), answer.clone())
        }
        What::Fund { balance, amount } => ("call", format!("funds into {balance}"), amount.clone()),
        What::Event { kind, about, .. } => ("event", kind.clone(), about.clone()),
        What::Webhook { kind, endpoint, status } => {
            let good = status.is_some_and(|status| (200..300).contains(&status));
            let answer = status.map_or("no answer".to_owned(), |status| status.to_string());
            (if good { "webhook" } else { "bad" }, format!("webhook {kind} to {endpoint}"), answer)
        }
        What::Clock(moved) => ("clock", format!("the clock was moved by {}", span(*moved)), String::new()),
        What::Skipped(why) => ("bad", "not possible any more".to_owned(), why.clone()),
    };
    let _ = writeln!(
        out,
        "<tr class=\"{class}\"><td>{}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
        date(moment.at),
        escape(&moment.account),
        escape(&what),
        escape(&detail)
    );
}

/// Text that can stand in an element or in a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_sent_becomes_markup() {
        let moment = Moment {
            at: 0,
            account: "<script>".to_owned(),
            what: What::Call { line: "GET /v1/'x\"&<b>".to_owned(), answer: "404".to_owned(), good: false },
        };
        let mut out = String::new();
        row(&mut out, &moment);
        assert!(out.contains("&lt;script&gt;") && out.contains("&#39;x&quot;&amp;&lt;b&gt;"), "{out}");
        assert!(out.starts_with("<tr class=\"bad\">"));
    }
}
