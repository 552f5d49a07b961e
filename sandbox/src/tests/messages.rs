//! The messages of the errors that the library returns. The form of all messages is checked in `codegen/src/messages.rs`.

use crate::server::{StateFileError, TlsError};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::io;
use std::path::PathBuf;

/// Compares the message of each error with its row. `variant` numbers the variants from 0; each needs a row.
fn check<E: Display>(rows: &[(E, &str)], variant: fn(&E) -> usize) {
    for (error, expected) in rows {
        assert_eq!(error.to_string(), *expected);
    }
    let covered: BTreeSet<usize> = rows.iter().map(|(error, _)| variant(error)).collect();
    assert!(covered.iter().copied().eq(0..rows.len()), "variants without a row: {covered:?}");
}

#[test]
fn errors_of_state_files() {
    let file = || PathBuf::from("run.state");
    let rows = [
        (
            StateFileError::Io(file(), io::Error::other("the disk is full")),
            "the state file run.state cannot be used: the disk is full",
        ),
        (
            StateFileError::Locked(file()),
            "the state file run.state is in use by another process; end that process, or use another file",
        ),
        (
            StateFileError::Format(file(), "it has format 2".to_owned()),
            "run.state is not a state file of format 1: it has format 2; use another file",
        ),
        (
            StateFileError::Damaged(file(), 7, "the checksum does not match".to_owned()),
            "the state file run.state is damaged in line 7: the checksum does not match; restore it, or use another \
             file",
        ),
    ];
    check(&rows, |error| match error {
        StateFileError::Io(..) => 0,
        StateFileError::Locked(_) => 1,
        StateFileError::Format(..) => 2,
        StateFileError::Damaged(..) => 3,
    });
}

#[test]
fn errors_of_tls() {
    let rows = [
        (TlsError::Certificate, "the certificate file has no certificate in PEM"),
        (TlsError::Key, "the key file has no private key in PEM"),
        (TlsError::Mismatch, "the private key does not belong to the certificate"),
        (
            TlsError::Unusable("it has expired".to_owned()),
            "the certificate and its key cannot be used: it has expired",
        ),
    ];
    check(&rows, |error| match error {
        TlsError::Certificate => 0,
        TlsError::Key => 1,
        TlsError::Mismatch => 2,
        TlsError::Unusable(_) => 3,
    });
}
