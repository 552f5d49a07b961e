use super::receiver::Receiver;
use super::targets::Targets;
use crate::state::{Attempt, State, Timing, WebhookDelivery, is_question};
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::watch;

/// State shared by the dispatchers of one sandbox: the receivers in this process, and the queues of all endpoints.
#[derive(Debug)]
pub(crate) struct DeliveryQueue {
    state: Mutex<Deliveries>,
    /// The number of deliveries in progress.
    busy: watch::Sender<usize>,
}

/// Called after each attempt to deliver a webhook.
#[derive(Clone)]
pub(crate) struct Observer(pub(crate) Arc<dyn Fn(&Attempt) + Send + Sync>);

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

#[derive(Debug, Default)]
struct Deliveries {
    /// Receivers in this process, by address.
    receivers: HashMap<String, Arc<dyn Receiver>>,
    /// The queued webhooks of each endpoint, by id.
    lines: HashMap<String, Line>,
    /// The hosts outside of this process that may be called.
    targets: Targets,
    /// Called after each attempt.
    observer: Option<Observer>,
    /// Whether sending is suspended while a state file is replayed.
    quiet: bool,
    /// The runtime of background deliveries.
    runtime: Option<Handle>,
}

/// The webhooks of one endpoint, delivered one after the other.
#[derive(Debug, Default)]
struct Line {
    parcels: VecDeque<WebhookDelivery>,
    taken: bool,
}

impl Default for DeliveryQueue {
    fn default() -> Self {
        Self { state: Mutex::default(), busy: watch::Sender::new(0) }
    }
}

impl DeliveryQueue {
    fn state(&self) -> MutexGuard<'_, Deliveries> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn register(&self, url: &str, receiver: Arc<dyn Receiver>) {
        self.state().receivers.insert(url.to_owned(), receiver);
    }

    pub(crate) fn receiver(&self, url: &str) -> Option<Arc<dyn Receiver>> {
        self.state().receivers.get(url).cloned()
    }

    /// The addresses of the receivers in this process, sorted.
    pub(crate) fn addresses(&self) -> Vec<String> {
        let mut addresses: Vec<_> = self.state().receivers.keys().cloned().collect();
        addresses.sort();
        addresses
    }

    /// Why an address cannot be called; `None` if it can.
    pub(crate) fn unreachable(&self, url: &str) -> Option<String> {
        let state = self.state();
        if state.receivers.contains_key(url) { None } else { state.targets.route(url).err() }
    }

    pub(crate) fn targets(&self) -> Targets {
        self.state().targets.clone()
    }

    pub(crate) fn set_targets(&self, targets: Targets) {
        self.state().targets = targets;
    }

    pub(crate) fn observe(&self, observer: Observer) {
        self.state().observer = Some(observer);
    }

    pub(crate) fn observer(&self) -> Option<Observer> {
        self.state().observer.clone()
    }

    /// The runtime for background work: the current one, otherwise the one seen last.
    pub(crate) fn runtime(&self) -> Option<Handle> {
        let mut state = self.state();
        if let Ok(current) = Handle::try_current() {
            state.runtime = Some(current);
        }
        state.runtime.clone().filter(|_| !state.quiet)
    }

    /// Suspends or resumes sending.
    pub(crate) fn set_quiet(&self, quiet: bool) {
        self.state().quiet = quiet;
    }

    /// Empties all queues, because the state was reset.
    pub(crate) fn clear(&self) {
        self.state().lines.clear();
    }

    /// Takes the due authorization requests whose endpoint can be reached.
    pub(crate) fn questions(&self, world: &mut State) -> Vec<WebhookDelivery> {
        self.due(world, true)
    }

    fn due(&self, world: &mut State, questions: bool) -> Vec<WebhookDelivery> {
        match world.outbox.timing {
            Timing::Collected => Vec::new(),
            _ => {
                let clock = world.clock.milliseconds();
                let most = world.options.kept_exchanges;
                for attempt in world.outbox.put_aside(clock, |url| self.unreachable(url)) {
                    if let Some(Observer(observer)) = self.observer() {
                        observer(&attempt);
                    }
                    world.attempts.push(attempt, most);
                }
                world.parcels(Some(now()), |kind, _| is_question(kind) == questions)
            }
        }
    }

    /// Moves due webhooks to the queues of their endpoints, and claims the queues that are not being delivered.
    pub(crate) fn claim(self: &Arc<Self>, world: &mut State) -> Vec<Claim> {
        let due = self.due(world, false);
        let mut state = self.state();
        for parcel in due {
            state.lines.entry(parcel.endpoint.clone()).or_default().parcels.push_back(parcel);
        }
        let free = state.lines.iter_mut().filter(|(_, line)| !line.taken);
        let claim = |(endpoint, line): (&String, &mut Line)| {
            line.taken = true;
            Claim { queue: self.clone(), endpoint: endpoint.clone(), ended: false, _busy: self.begin() }
        };
        free.map(claim).collect()
    }

    /// Counts a delivery as in progress until the returned value is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.busy.send_modify(|busy| *busy += 1);
        Busy(self.clone())
    }

    pub(crate) fn is_idle(&self) -> bool {
        *self.busy.borrow() == 0
    }

    /// Waits until no delivery is in progress.
    pub(crate) async fn idle(&self) {
        // `self` owns the sender, so it cannot be closed.
        let _ = self.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }
}

/// A delivery in progress.
pub(crate) struct Busy(Arc<DeliveryQueue>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.busy.send_modify(|busy| *busy -= 1);
    }
}

/// The exclusive right to deliver to one endpoint.
pub(crate) struct Claim {
    queue: Arc<DeliveryQueue>,
    endpoint: String,
    ended: bool,
    _busy: Busy,
}

impl Claim {
    /// The next webhook of the queue. If it is empty, the claim is released in the same step, so that a later webhook
    /// is not missed.
    pub(crate) fn next(&mut self) -> Option<WebhookDelivery> {
        let mut state = self.queue.state();
        let parcel = state.lines.get_mut(&self.endpoint).and_then(|line| line.parcels.pop_front());
        if parcel.is_none() {
            state.lines.remove(&self.endpoint);
            self.ended = true;
        }
        parcel
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        if !self.ended
            && let Some(line) = self.queue.state().lines.get_mut(&self.endpoint)
        {
            line.taken = false;
        }
    }
}

/// The system time in Unix seconds: receivers compare signatures with their own clock.
pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
