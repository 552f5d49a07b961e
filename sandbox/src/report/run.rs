//! The data of a run, read from a sandbox in parts, so that a long run does not block requests.

use super::money::{Payment, Totals, add, split};
use super::timeline::{Moment, Timeline};
use crate::engine::{BalanceKind, LedgerAccount};
use crate::html::{Chart, Point, Series};
use crate::state::State;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

/// The number of entries or postings read under one lock.
const PART: usize = 400;

/// The maximum number of single payments, the latest ones.
const PAYMENTS: usize = 1_000;

/// The data of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) platform: String,
    /// Unix seconds.
    pub(crate) from: i64,
    pub(crate) now: i64,
    /// The names of accounts.
    pub(crate) names: HashMap<String, String>,
    pub(crate) moments: Vec<Moment>,
    /// The number of entries dropped from the journal.
    pub(crate) dropped: usize,
    pub(crate) charts: Vec<Chart>,
    pub(crate) totals: Totals,
    pub(crate) payments: VecDeque<Payment>,
    pub(crate) paid: usize,
    /// Webhooks that cannot be delivered: type and address.
    pub(crate) stuck: Vec<(String, String)>,
}

/// A run being read.
struct Reading {
    timeline: Timeline,
    courses: BTreeMap<Arc<LedgerAccount>, Vec<Point>>,
    postings: usize,
    totals: Totals,
    payments: VecDeque<Payment>,
    paid: usize,
}

impl Run {
    /// Reads a run in one step.
    pub(crate) fn of(state: &State) -> Self {
        let mut reading = Reading::new(state);
        while !reading.step(state, usize::MAX) {}
        reading.end(state)
    }

    /// Reads a run in parts and unlocks the sandbox in between. Blocks the thread.
    pub(crate) fn in_parts<S: Deref<Target = State>>(lock: impl Fn() -> S) -> Self {
        let mut reading = Reading::new(&lock());
        while !reading.step(&lock(), PART) {
            // Longer than a request takes, since otherwise this thread would acquire the lock again first.
            std::thread::sleep(Duration::from_micros(200));
        }
        let state = lock();
        reading.end(&state)
    }

    /// The name of an account.
    pub(crate) fn name(&self, account: &str) -> Option<&str> {
        self.names.get(account.trim_end_matches(" (live)")).map(String::as_str)
    }
}

impl Reading {
    fn new(state: &State) -> Self {
        Self {
            timeline: Timeline::new(state),
            courses: BTreeMap::new(),
            postings: 0,
            totals: Totals::new(),
            payments: VecDeque::new(),
            paid: 0,
        }
    }

    /// Reads up to `most` entries and postings; returns `true` at the end.
    fn step(&mut self, state: &State, most: usize) -> bool {
        let read = self.timeline.read(state, most);
        for _ in 0..most {
            let Some(posting) = state.ledger.postings().get(self.postings) else { return read };
            self.postings += 1;
            let order = i64::try_from(self.postings).unwrap_or(i64::MAX);
            for (purse, amount) in posting.legs.iter().filter(|(purse, _)| purse.kind != BalanceKind::Outside)
            {
                let points = self.courses.entry(purse.clone()).or_default();
                let amount = points.last().map_or(0, |point| point.amount).saturating_add(*amount);
                points.push(Point { at: posting.at, order, amount });
            }
            for payment in split(state, posting) {
                add(&mut self.totals, &payment);
                self.paid += 1;
                self.payments.push_back(payment);
                if self.payments.len() > PAYMENTS {
                    self.payments.pop_front();
                }
            }
        }
        false
    }

    fn end(self, state: &State) -> Run {
        let mut charts: BTreeMap<(String, String), Vec<Series>> = BTreeMap::new();
        for (purse, points) in self.courses {
            let chart = charts.entry((purse.scope.to_string(), purse.currency.to_string())).or_default();
            chart.push(Series { name: purse.kind.name(), points });
        }
        let charts = charts.into_iter();
        let charts =
            charts.map(|((account, currency), series)| Chart { account, currency, series }).collect();
        let accounts = state.connected().cloned().chain([state.platform()]);
        let names = accounts.filter_map(|id| Some((id.to_string(), state.account_name(&id)?)));
        let stuck = state.outbox.put_away().map(|(kind, url)| (kind.to_owned(), url.to_owned()));
        Run {
            platform: state.platform().to_string(),
            from: state.options.start,
            now: state.clock.now(),
            names: names.collect(),
            moments: self.timeline.moments,
            dropped: state.journal.dropped(),
            charts,
            totals: self.totals,
            payments: self.payments,
            paid: self.paid,
            stuck: stuck.collect(),
        }
    }
}
