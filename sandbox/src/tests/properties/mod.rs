//! Random sequences of all operations with money, valid and invalid, with properties that must hold for all: money is
//! conserved (computed from API objects alone), holds end at zero, only operations that cannot be declined overdraw a
//! balance, a retry has one effect and one reply, a failed payout moves nothing, a failed request changes nothing.
//!
//! `SANDBOX_SEED` plays one seed, `SANDBOX_SEQUENCES` sets the number of sequences; `SANDBOX_TESTS=whole`, as in `.ci/run`, plays 10,000.

mod balances;
mod books;
pub(crate) mod dice;
mod play;
mod run;
mod steps;
mod told;

use crate::engine::{BalanceKind, CurrencyCode, JournalEntry, LedgerEntry, Scope};
use crate::tests::support::size;
use play::{Disturb, Failure, length, play, shortest};
use run::Tally;
use std::sync::atomic::{AtomicU64, Ordering};

/// With this number of sequences, each with its own seed, all steps are frequent enough to be counted.
const WHOLE: u64 = 10_000;
/// Twice what brings a thorough run of every part.
const SAMPLE: u64 = 512;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

/// Plays seeds on all processors. Returns the tally, or the first failure, shortened.
fn play_all(seeds: std::ops::Range<u64>) -> Result<Tally, Failure> {
    let next = AtomicU64::new(seeds.start);
    let player = || {
        let mut sum = Tally::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(sum);
            }
            match play(seed, length(seed), None) {
                Ok(run) => add(&mut sum, &run.tally),
                Err(failure) => {
                    next.store(seeds.end, Ordering::Relaxed);
                    return Err(failure);
                }
            }
        }
    };
    let players = std::thread::available_parallelism().map_or(1, usize::from);
    let outcomes = std::thread::scope(|scope| {
        let players: Vec<_> = (0..players).map(|_| scope.spawn(player)).collect();
        players.into_iter().map(|player| player.join().unwrap()).collect::<Vec<_>>()
    });
    let mut sum = Tally::new();
    for outcome in outcomes {
        add(&mut sum, &outcome.map_err(|failure| shortest(failure, None))?);
    }
    Ok(sum)
}

fn add(sum: &mut Tally, more: &Tally) {
    for (name, (done, refused)) in more {
        let (yes, no) = sum.entry(name).or_default();
        *yes += done;
        *no += refused;
    }
}

#[test]
fn random_sequences_satisfy_all_properties() {
    let seeds = match asked("SANDBOX_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("SANDBOX_SEQUENCES").unwrap_or_else(|| size("sequences", SAMPLE, WHOLE)),
    };
    let count = seeds.end - seeds.start;
    let whole = count >= WHOLE;
    let tally = play_all(seeds).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{count} sequences: {tally:?}");
    // Every part has a thorough run once in 256 seeds.
    for part in (0..4).map(steps::favourite) {
        let done = tally.get(part.name()).map_or(0, |(done, _)| u64::from(*done));
        assert!(done >= count / 256, "{} was played {done} times only", part.name());
    }
    if whole {
        for name in steps::names() {
            let (done, refused) = tally.get(name).copied().unwrap_or_default();
            assert!(done >= 20 || name == "nonsense", "{name} was done {done} times only");
            let never = ["clock", "policy", "late retry", "charge", "fund issuing", "pay out all"];
            assert!(refused >= 20 || never.contains(&name), "{name} was refused {refused} times only");
        }
    }
}

#[test]
fn seed_determines_the_complete_run() {
    let tale = |seed| {
        play(seed, length(seed), None).map(|run| run.tale).unwrap_or_else(|failure| panic!("{failure}"))
    };
    for seed in 0..8 {
        assert_eq!(tale(seed), tale(seed));
        assert_ne!(tale(seed), tale(seed + 8));
    }
}

/// The properties can fail: a disturbance is detected, and the run is shortened to it.
#[test]
fn disturbance_is_detected_and_the_run_is_shortened() {
    const AT: usize = 4;
    let cheats: [(&str, Disturb); 3] = [
        ("balance by objects of account 1 in usd: ", |run| {
            run.sandbox.fund(&run.accounts[1], BalanceKind::Issuing, CurrencyCode::USD, 1).unwrap();
        }),
        ("by objects", |run| {
            // Money that the ledger accounts for, but no object shows.
            let mut state = run.sandbox.state();
            let mut context = state.context(Scope::new(run.accounts[1].as_str(), false));
            let [from, to] = [BalanceKind::Issuing, BalanceKind::IssuingHolds]
                .map(|kind| context.purse(kind, CurrencyCode::USD));
            let line = LedgerEntry::new("issuing_authorization_release", &from, 1);
            context.post(JournalEntry::between(to, from, 1).line(line)).unwrap();
        }),
        ("panicked: a bug of the sandbox", |_| panic!("a bug of the sandbox")),
    ];
    for (expected, disturb) in cheats {
        let cheat = Some((AT, disturb));
        let Err(failure) = play(3, length(3), cheat) else { panic!("not noticed: {expected}") };
        let failure = shortest(failure, cheat);
        assert_eq!(failure.steps, AT + 1, "{failure}");
        assert!(failure.problem.contains(expected), "{expected} is not in: {failure}");
    }
}
