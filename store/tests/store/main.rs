//! Tests of the stores on SQLite and, where available, on PostgreSQL.

mod clocks;
mod columns;
mod contract;
mod deliveries;
mod kill;
mod migrations;
mod rows;
mod support;
mod transactions;
mod worker;
