//! Random sequences of everything that can be done with money, legal and illegal, and what must be true of all of them:
//! money is conserved by a computation from API objects alone, holds end at zero, nothing is overdrawn but by what cannot
//! be refused, a retry has one effect and one answer, a payout that failed moved nothing, a refusal changes nothing.
//!
//! `SANDBOX_SEED` plays one seed, `SANDBOX_SEQUENCES` another number of them; `.ci/run` plays 10,000.

mod balances;
mod books;
pub(crate) mod dice;
mod play;
mod run;
mod steps;
mod told;

use crate::engine::{BalanceKind, CurrencyCode, JournalEntry, LedgerEntry, Scope};
use play::{Disturb, Failure, length, play, shortest};
use run::Tally;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many sequences are played, each with a seed of its own.
const SEQUENCES: u64 = 1_000;
/// So many do everything often enough to be counted.
const WHOLE: u64 = 10_000;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

/// Plays seeds on all processors; the tally of all, or the first failure, shortened.
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
fn random_sequences_keep_every_promise() {
    let seeds = match asked("SANDBOX_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..asked("SANDBOX_SEQUENCES").unwrap_or(SEQUENCES),
    };
    let count = seeds.end - seeds.start;
    let whole = count >= WHOLE;
    let tally = play_all(seeds).unwrap_or_else(|failure| panic!("{failure}"));
    println!("{count} sequences: {tally:?}");
    // Every part is looked at thoroughly once in 256 seeds.
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
fn a_seed_decides_all_of_a_run() {
    let tale = |seed| {
        play(seed, length(seed), None).map(|run| run.tale).unwrap_or_else(|failure| panic!("{failure}"))
    };
    for seed in 0..8 {
        assert_eq!(tale(seed), tale(seed));
        assert_ne!(tale(seed), tale(seed + 8));
    }
}

/// The properties can fail: a disturbance is found, and the run is cut down to it.
#[test]
fn a_disturbance_is_found_and_the_run_is_cut_down_to_it() {
    const AT: usize = 4;
    let cheats: [(&str, Disturb); 3] = [
        ("balance by objects of account 1 in usd: ", |run| {
            run.sandbox.fund(&run.accounts[1], BalanceKind::Issuing, CurrencyCode::USD, 1).unwrap();
        }),
        ("by objects", |run| {
            // Money that the ledger explains to itself, but that no object tells.
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
