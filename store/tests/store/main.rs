//! The stores on SQLite and, where it can be had, a real PostgreSQL.

mod clocks;
mod contract;
mod deliveries;
mod kill;
mod migrations;
mod rows;
mod support;
mod transactions;
mod worker;
