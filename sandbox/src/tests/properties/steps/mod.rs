//! The steps of a run: valid and invalid, chosen at random.

mod cards;
mod common;
mod money;
mod treasury;

use crate::tests::properties::run::{Check, Run};

/// A kind of step.
#[derive(Clone, Copy)]
pub struct Step {
    pub name: &'static str,
    /// The kind of its object; `None` if it creates its own.
    about: Option<&'static str>,
    pub take: fn(&mut Run) -> Check,
}

const fn step(name: &'static str, take: fn(&mut Run) -> Check) -> Step {
    Step { name, about: None, take }
}

const fn about(about: &'static str, name: &'static str, take: fn(&mut Run) -> Check) -> Step {
    Step { name, about: Some(about), take }
}

/// A part of the sandbox that a run favours.
#[derive(Clone, Copy)]
pub enum Part {
    Money,
    Cards,
    Treasury,
    All,
}

impl Part {
    /// The name in the tally of thorough runs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "thorough: money",
            Self::Cards => "thorough: cards",
            Self::Treasury => "thorough: treasury",
            Self::All => "thorough: all",
        }
    }
}

/// The favoured part of a seed's run, so that short runs reach deep states as well.
pub fn favourite(seed: u64) -> Part {
    match seed % 4 {
        0 => Part::Money,
        1 => Part::Cards,
        2 => Part::Treasury,
        _ => Part::All,
    }
}

/// All steps except the common ones. Repeated entries are more frequent.
const PARTS: [&[Step]; 3] = [money::STEPS, cards::STEPS, treasury::STEPS];

/// The next step. Steps about an object are mostly skipped while there is none.
pub fn next(run: &mut Run, seed: u64) -> Step {
    loop {
        let step = any(run, seed);
        if step.about.is_none_or(|kind| !run.all(kind).is_empty()) || run.dice.once_in(12) {
            return step;
        }
    }
}

fn any(run: &mut Run, seed: u64) -> Step {
    if run.dice.once_in(4) {
        return run.dice.one_of(common::STEPS);
    }
    let part = if run.dice.once_in(8) { Part::All } else { favourite(seed) };
    let steps = match part {
        Part::Money => money::STEPS,
        Part::Cards => cards::STEPS,
        Part::Treasury => treasury::STEPS,
        Part::All => run.dice.one_of(&PARTS),
    };
    run.dice.one_of(steps)
}

/// The names of all steps.
pub fn names() -> impl Iterator<Item = &'static str> {
    PARTS.iter().copied().chain([common::STEPS]).flatten().map(|step| step.name)
}
