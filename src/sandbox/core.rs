//! The pure core: ids, time, money, states and objects. Nothing here knows HTTP or a resource of Stripe.

mod calendar;
mod clock;
mod currency;
mod ids;
mod json;
mod ledger;
mod log;
mod machine;
mod pack;
mod refusal;
mod scope;
mod shapes;
mod shelf;
mod store;
mod words;

pub use calendar::{after_business_days, date_time, weekday};
pub use clock::{Agenda, Clock};
pub use currency::CurrencyCode;
pub use ids::Ids;
pub use json::{Json, Peek, changed, set};
pub use ledger::{Kind, Ledger, Line, Movement, Posting, Purse, Statement};
pub use log::Log;
pub use machine::{Machine, Step, step};
pub(crate) use pack::Packed;
pub use refusal::Refusal;
pub use scope::Scope;
pub(crate) use shelf::{Labelled, Shelf};
pub use store::Store;
