//! What must not compile, with what the compiler says about it. What must is beside it.
//!
//! After a change of the compiler's words: `TRYBUILD=overwrite cargo test --features testing --test ui`.

// Compiled with this test: as a case of trybuild it would build all dependencies a second time.
#[path = "ui/pass/request.rs"]
#[allow(dead_code)]
mod pass;

#[test]
fn ui() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}
