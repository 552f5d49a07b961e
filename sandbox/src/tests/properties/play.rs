//! Plays runs to the end, and finds the shortest failing run.

use crate::engine::Peek;
use crate::tests::properties::run::{Check, May, Run, Subject};
use crate::tests::properties::{books, steps};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// A disturbance of a run, to prove that it is detected.
pub type Disturb = fn(&Run);
/// A disturbance, and the step before which it happens.
pub type Cheat = (usize, Disturb);

/// A failed run with all its steps.
#[derive(Debug)]
pub struct Failure {
    pub seed: u64,
    pub steps: usize,
    pub problem: String,
    pub tale: Vec<String>,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "seed {} fails after {} steps: {}", self.seed, self.steps, self.problem)?;
        self.tale.iter().try_for_each(|line| writeln!(f, "  {line}"))
    }
}

/// The number of steps of a seed's run: 25 for every sixteenth group of four seeds, otherwise 10 to 12.
pub fn length(seed: u64) -> usize {
    match (seed / 4) % 16 {
        15 => 25,
        more => 10 + usize::try_from(more % 3).unwrap(),
    }
}

/// Whether the run of a seed makes additional, slower checks: a few of the long ones of every part.
pub fn is_thorough(seed: u64) -> bool {
    (seed / 4) % 64 == 15
}

/// Plays `steps` steps of a seed, ends open authorizations, and checks the books.
pub fn play(seed: u64, steps: usize, cheat: Option<Cheat>) -> Result<Run, Failure> {
    let mut run = Run::new(seed);
    let outcome = catch_unwind(AssertUnwindSafe(|| all(&mut run, seed, steps, cheat)));
    let problem = match outcome {
        Ok(Ok(())) => return Ok(run),
        Ok(Err(problem)) => problem,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            format!("panicked: {}", text.unwrap_or_default())
        }
    };
    Err(Failure { seed, steps, problem, tale: run.tale })
}

fn all(run: &mut Run, seed: u64, steps: usize, cheat: Option<Cheat>) -> Check {
    run.begin()?;
    for place in 0..steps {
        if let Some((_, disturb)) = cheat.filter(|(at, _)| *at == place) {
            disturb(run);
        }
        let step = steps::next(run, seed);
        run.take(step.name, step.take)?;
    }
    if run.is_thorough() {
        books::check(run)?;
    }
    run.take("end", end_authorizations)?;
    books::check_ended(run)
}

/// Ends every authorization: pending decisions by time, holds by the API or by time.
fn end_authorizations(run: &mut Run) -> Check {
    run.advance(Duration::from_secs(3))?;
    if run.dice.once_in(4) {
        run.advance(Duration::from_secs(40 * 86_400))?;
    }
    for (who, id) in run.all("issuing.authorization").to_vec() {
        let authorization = run.get(who, &format!("/v1/issuing/authorizations/{id}"))?;
        if authorization.text("status") != "pending" {
            continue;
        }
        let helper = format!("/v1/test_helpers/issuing/authorizations/{id}");
        let what = run.dice.one_of(&["reverse", "expire"]);
        let subject = Subject { who, id, theirs: true };
        let ended = run.post_about(&subject, &format!("{helper}/{what}"), "", May::Spend)?;
        let ended = ended.ok_or_else(|| format!("{what} failed: {authorization}"))?;
        if ended.text("status") == "pending" {
            return Err(format!("{what} leaves it pending: {ended}"));
        }
    }
    Ok(())
}

/// The failure with the fewest steps, for a seed whose complete run fails.
pub fn shortest(failure: Failure, cheat: Option<Cheat>) -> Failure {
    (0..failure.steps).find_map(|steps| play(failure.seed, steps, cheat).err()).unwrap_or(failure)
}
