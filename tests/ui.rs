//! What must not compile, with what the compiler says about it; and what must.
//!
//! After a change of the compiler's words: `TRYBUILD=overwrite cargo test --features testing --test ui`.

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/ui/pass/*.rs");
    cases.compile_fail("tests/ui/*.rs");
}
