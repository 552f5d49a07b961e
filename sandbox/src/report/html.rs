use super::components::{account, entry};
use super::run::Run;
use crate::html::{date, money, page};
use crate::state::State;
use maud::{Markup, PreEscaped, html};

/// The number of timeline entries shown by default.
pub(crate) const SHOWN: usize = 2_000;

/// A run as a self-contained HTML page.
pub fn html(state: &State) -> String {
    let mut page = String::new();
    write(&Run::of(state), usize::MAX, &mut |part| {
        page.push_str(part);
        true
    });
    page
}

/// Writes a run as an HTML page with the latest `most` entries of its timeline, in parts; stops when `take` returns
/// `false`.
pub(crate) fn write(run: &Run, most: usize, take: &mut dyn FnMut(&str) -> bool) {
    const TIMELINE: &str = "<!-- timeline -->";
    let frame = page("Sandbox run", &html! {}, &body(run, most, TIMELINE));
    let (before, after) = frame.split_once(TIMELINE).unwrap_or((&frame, ""));
    if !take(before) {
        return;
    }
    let left_out = run.moments.len().saturating_sub(most);
    for part in run.moments.get(left_out..).unwrap_or_default().chunks(200) {
        let part = html! { @for moment in part { (entry(moment, run.name(&moment.account), &None)) } };
        if !take(&part.into_string()) {
            return;
        }
    }
    take(after);
}

fn body(run: &Run, most: usize, timeline: &'static str) -> Markup {
    let left_out = run.moments.len().saturating_sub(most);
    html! { body {
        header class="top" { div class="in" { span class="brand" { i {} "Stripe sandbox" } } }
        main {
            div class="head" {
                div {
                    h1 { "Sandbox run" }
                    p class="muted" {
                        "Platform " code { (run.platform) } ", from " (date(run.from)) " to " (date(run.now)) " UTC, "
                        (run.moments.len()) " entries."
                    }
                }
            }
            section class="card" aria-labelledby="balances" {
                h2 id="balances" { "Balances" }
                @if run.charts.is_empty() { p class="muted" { "No money moved." } } @else {
                    (extremes(run))
                }
            }
            @for chart in &run.charts {
                section class="card" {
                    h3 { (account(&chart.account, run.name(&chart.account))) " in " (chart.currency.to_uppercase()) }
                    (chart.draw(run.from, run.now))
                }
            }
            (paid(run))
            (stuck(run))
            section class="card" aria-labelledby="timeline" {
                h2 id="timeline" { "Timeline" }
                @if run.dropped > 0 {
                    p class="note" { (run.dropped) " earlier entries were dropped: the journal is limited to the latest ones." }
                }
                @if left_out > 0 {
                    p class="note" { (left_out) " earlier entries are not shown. " code { "?entries=all" } " shows all." }
                }
                ol class="timeline long" { (PreEscaped(timeline)) }
            }
        }
    } }
}

/// The balances with their lowest and highest values.
fn extremes(run: &Run) -> Markup {
    html! {
        div class="scroll" tabindex="0" role="group" aria-label="Balances" {
            table {
                thead { tr {
                    th { "Account" } th { "Balance" } th class="amount" { "Lowest" } th class="amount" { "Highest" }
                    th class="amount" { "At the end" }
                } }
                tbody {
                    @for chart in &run.charts {
                        @for series in &chart.series {
                            tr {
                                td { (account(&chart.account, run.name(&chart.account))) }
                                td { (series.name) }
                                td class="amount" { (money(series.lowest_after(), &chart.currency)) }
                                td class="amount" { (money(series.highest(), &chart.currency)) }
                                td class="amount" { (money(series.last(), &chart.currency)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Payments between accounts, in total and one by one.
fn paid(run: &Run) -> Markup {
    if run.totals.is_empty() {
        return html! {};
    }
    let side = |place: &super::money::Place| {
        let name = run.name(&place.account);
        html! {
            @if place.account.is_empty() { "outside Stripe" } @else { (account(&place.account, name)) }
            " " span class="muted" { (place.balance) }
        }
    };
    html! {
        section class="card" aria-labelledby="paid" {
            h2 id="paid" { "Payments between accounts" }
            div class="scroll" tabindex="0" role="group" aria-label="Payments between accounts" {
                table {
                    thead { tr { th { "From" } th { "To" } th class="amount" { "In total" } } }
                    tbody {
                        @for ((payer, payee, currency), amount) in &run.totals {
                            tr {
                                td { (account(payer, run.name(payer))) }
                                td { (account(payee, run.name(payee))) }
                                td class="amount" { (money(*amount, currency)) }
                            }
                        }
                    }
                }
            }
            details {
                summary { "All payments" }
                @if run.paid > run.payments.len() {
                    p class="note" { "The latest " (run.payments.len()) " of " (run.paid) "." }
                }
                div class="scroll" tabindex="0" role="group" aria-label="All payments" {
                    table {
                        thead { tr { th { "Time" } th { "From" } th { "To" } th class="amount" { "Amount" } th { "For" } } }
                        tbody {
                            @for payment in &run.payments {
                                tr {
                                    td class="when" { (date(payment.at)) }
                                    td { (side(&payment.from)) }
                                    td { (side(&payment.to)) }
                                    td class="amount" { (money(payment.amount, &payment.currency)) }
                                    td { (payment.kind) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Webhooks whose endpoint cannot be reached.
fn stuck(run: &Run) -> Markup {
    if run.stuck.is_empty() {
        return html! {};
    }
    html! {
        section class="card" aria-labelledby="stuck" {
            h2 id="stuck" { "Undeliverable webhooks" }
            table {
                thead { tr { th { "Event" } th { "Address" } } }
                tbody { @for (kind, url) in &run.stuck { tr { td { (kind) } td { code { (url) } } } } }
            }
        }
    }
}
