//! Metrics of the outbox in the text format of Prometheus, with the names of OpenTelemetry's messaging conventions. With an OpenTelemetry
//! SDK, the same hook fills its instruments.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use stripe_platform::outbox::{Counts, StepEvent, WorkerHook};

/// Counts the results of workers. Clones share the counters.
#[derive(Clone, Debug, Default)]
pub struct Metrics(Arc<Mutex<BTreeMap<(String, &'static str), Sum>>>);

#[derive(Debug, Default)]
struct Sum {
    count: u64,
    seconds: f64,
}

impl WorkerHook for Metrics {
    fn on_step(&self, event: &StepEvent<'_>) {
        let mut sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let sum = sums.entry((event.claim.kind.clone(), event.step.label())).or_default();
        sum.count += 1;
        sum.seconds += event.duration.as_secs_f64();
    }
}

impl Metrics {
    /// Formats all metrics.
    pub fn text(&self, counts: Counts) -> String {
        let mut text = String::new();
        let sums = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for ((kind, outcome), sum) in sums.iter() {
            let labels = format!(
                "messaging_system=\"stripe_outbox\",messaging_operation_name=\"{kind}\",outcome=\"{outcome}\""
            );
            text += &format!("messaging_process_duration_seconds_count{{{labels}}} {}\n", sum.count);
            text += &format!("messaging_process_duration_seconds_sum{{{labels}}} {}\n", sum.seconds);
        }
        text += &format!("stripe_outbox_open {}\n", counts.open);
        text += &format!("stripe_outbox_needs_review {}\n", counts.needs_review);
        text += &format!("stripe_outbox_oldest_open_seconds {}\n", counts.oldest_open.as_secs_f64());
        text
    }
}
