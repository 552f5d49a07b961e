//! The limit of open connections.

use super::socket::Cut;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// The open connections of a server. At the limit, a new connection replaces the one that was idle longest, so that
/// clients that open connections and send nothing cannot block others.
#[derive(Debug)]
pub(crate) struct Connections {
    most: usize,
    begun: Instant,
    open: Mutex<HashMap<u64, Arc<Connection>>>,
    sequence: AtomicU64,
}

/// An open connection.
#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) cut: Arc<Cut>,
    /// The number of requests in progress.
    busy: AtomicUsize,
    /// When it was last busy, in milliseconds since the server started.
    used: AtomicU64,
}

impl Connections {
    pub(crate) fn new(most: usize) -> Self {
        let (open, sequence) = (Mutex::default(), AtomicU64::new(0));
        Self { most: most.max(1), begun: Instant::now(), open, sequence }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Registers an accepted connection; `None` if all others are busy and the limit is reached.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Entered> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= self.most {
            // Several at a time, because a search of thousands for each new connection would take longer than accepting it.
            close_oldest(&mut open, (self.most / 64).max(1));
            if open.len() >= self.most {
                return None;
            }
        }
        let number = self.sequence.fetch_add(1, Ordering::Relaxed);
        let used = AtomicU64::new(self.now());
        let connection = Arc::new(Connection { cut: Arc::default(), busy: AtomicUsize::new(0), used });
        open.insert(number, connection.clone());
        Some(Entered { connections: self.clone(), number, connection })
    }

    /// Closes the connection that was idle longest.
    pub(crate) fn make_room(&self) {
        close_oldest(&mut self.open.lock().unwrap_or_else(PoisonError::into_inner), 1);
    }
}

/// Closes this number of connections, or all idle ones if there are fewer: those that were idle longest.
fn close_oldest(open: &mut HashMap<u64, Arc<Connection>>, most: usize) {
    let mut idle: Vec<(u64, u64)> = open
        .iter()
        .filter(|(_, connection)| connection.busy.load(Ordering::Relaxed) == 0)
        .map(|(number, connection)| (connection.used.load(Ordering::Relaxed), *number))
        .collect();
    if most < idle.len() {
        idle.select_nth_unstable(most);
        idle.truncate(most);
    }
    for (_, number) in idle {
        if let Some(connection) = open.remove(&number) {
            connection.cut.reset();
        }
    }
}

/// A registered connection; dropping it unregisters the connection.
#[derive(Debug)]
pub(crate) struct Entered {
    connections: Arc<Connections>,
    number: u64,
    pub(crate) connection: Arc<Connection>,
}

impl Entered {
    /// Records that a request has started to arrive.
    pub(crate) fn touch(&self) {
        self.connection.used.store(self.connections.now(), Ordering::Relaxed);
    }

    /// Marks the connection as busy until the guard is dropped.
    pub(crate) fn begin(self: &Arc<Self>) -> Busy {
        self.connection.busy.fetch_add(1, Ordering::Relaxed);
        Busy(self.clone())
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(&self.number);
    }
}

/// A request in progress.
#[derive(Debug)]
pub(crate) struct Busy(Arc<Entered>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.touch();
        self.0.connection.busy.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_idle_connection_is_closed_at_the_limit() {
        let connections = Arc::new(Connections::new(2));
        let first = Arc::new(connections.enter().unwrap());
        let _second = connections.enter().unwrap();
        let busy = first.begin();
        let _third = connections.enter().unwrap();
        let number = |entered: &Entered| entered.number;
        let open = |connections: &Connections| {
            let mut numbers: Vec<_> = connections.open.lock().unwrap().keys().copied().collect();
            numbers.sort_unstable();
            numbers
        };
        assert_eq!(open(&connections), [number(&first), 2], "the second was idle");
        let third = Arc::new(_third);
        let _also = third.begin();
        assert!(connections.enter().is_none(), "all are busy");
        drop(busy);
        assert!(connections.enter().is_some());
    }
}
