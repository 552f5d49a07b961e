//! The messages of the errors that the library returns. Those of refused requests are checked in
//! `codegen/src/messages.rs`.

use crate::server::{StateFileError, TlsError};
use std::io;
use std::path::PathBuf;
use test_support::messages::check_table;
use test_support::variants;

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
    check_table(variants!(StateFileError: Io, Locked, Format, Damaged), &rows);
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
    check_table(variants!(TlsError: Certificate, Key, Mismatch, Unusable), &rows);
}
