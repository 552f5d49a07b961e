//! The rules of signatures, with vectors from another implementation.

use serde_json::Value;
use stripe_platform::webhook::{Signer, Verifier};
use stripe_platform::{Error, SignatureError, SignatureProblem, Timestamp};

const VECTORS: &str = include_str!("vectors.json");
const SECRET: &str = "whsec_test";
const BODY: &[u8] = br#"{ "id": "evt_1", "object": "event" }"#;
const NOW: Timestamp = Timestamp::new(1_794_500_000);

#[track_caller]
fn refused<T>(result: Result<T, Error>) -> SignatureError {
    match result {
        Err(Error::Signature(error)) => *error,
        Err(other) => panic!("another error: {other}"),
        Ok(_) => panic!("it passed"),
    }
}

#[test]
fn vectors_have_the_expected_result() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let now = Timestamp::new(vectors["now"].as_i64().unwrap());
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 50);
    for case in cases {
        let text = |name: &str| case[name].as_str().unwrap();
        let secrets = case["secrets"].as_array().unwrap().iter().map(|secret| secret.as_str().unwrap());
        let result = Verifier::with_secrets(secrets)
            .and_then(|verifier| verifier.verify_at(text("body").as_bytes(), text("header"), now));
        let outcome = match result {
            Ok(_) => "ok".to_owned(),
            Err(Error::Signature(error)) => {
                let hint = error.hint.map(|hint| format!("{hint:?}"));
                assert_eq!(hint.as_deref(), case["hint"].as_str(), "{}: {error}", text("name"));
                assert!(!error.to_string().contains("whsec_7"), "{error}");
                format!("{:?}", error.problem)
            }
            Err(other) => panic!("{}: {other}", text("name")),
        };
        assert_eq!(outcome, text("outcome"), "{}", text("name"));
    }
}

/// The signer is validated against the other implementation.
#[test]
fn signer_writes_the_same_header() {
    let vectors: Value = serde_json::from_str(VECTORS).unwrap();
    let fresh = &vectors["cases"][0];
    let signer = Signer::new(fresh["secrets"][0].as_str().unwrap()).unwrap();
    let now = Timestamp::new(vectors["now"].as_i64().unwrap());
    assert_eq!(
        signer.sign_at(fresh["body"].as_str().unwrap().as_bytes(), now),
        fresh["header"].as_str().unwrap()
    );
}

#[test]
fn any_changed_bit_invalidates_the_signature() {
    let verifier = Verifier::new(SECRET).unwrap();
    let signer = Signer::new(SECRET).unwrap();
    // Bodies of all lengths around the hash's block size, with every byte value.
    for length in [0, 1, 17, 55, 56, 63, 64, 65, 127, 128, 300] {
        let body: Vec<u8> = (0..length).map(|index| (index * 37 + length) as u8).collect();
        let header = signer.sign_at(&body, NOW).into_bytes();
        verifier.verify_at(&body, &header, NOW).unwrap();
        for bit in 0..body.len() * 8 {
            let mut body = body.clone();
            body[bit / 8] ^= 1 << (bit % 8);
            let error = refused(verifier.verify_at(&body, &header, NOW));
            assert_eq!(error.problem, SignatureProblem::Mismatch, "bit {bit} of the body");
        }
        for bit in 0..header.len() * 8 {
            let mut header = header.clone();
            header[bit / 8] ^= 1 << (bit % 8);
            refused(verifier.verify_at(&body, &header, NOW));
        }
        for cut in 0..header.len() {
            refused(verifier.verify_at(&body, &header[..cut], NOW));
        }
    }
}

#[test]
fn tolerance_is_configurable() {
    let signer = Signer::new(SECRET).unwrap();
    let header = signer.sign_at(BODY, Timestamp::new(NOW.as_seconds() - 1000));
    let verifier = Verifier::new(SECRET).unwrap();
    let error = refused(verifier.verify_at(BODY, &header, NOW));
    assert_eq!((error.problem, error.age), (SignatureProblem::TooOld, Some(1000)));
    assert_eq!(
        error.to_string(),
        "the webhook's signature is older than the tolerance (1000 s old; check the clock of this machine)"
    );
    let patient = verifier.clone().tolerance(std::time::Duration::from_secs(1000));
    assert_eq!(patient.verify_at(BODY, &header, NOW).unwrap().as_seconds(), NOW.as_seconds() - 1000);
    let endless = verifier.tolerance(std::time::Duration::MAX);
    assert!(endless.verify_at(BODY, signer.sign_at(BODY, Timestamp::new(0)), NOW).is_ok());

    let header = signer.sign_at(BODY, Timestamp::new(NOW.as_seconds() + 90));
    let verifier = Verifier::new(SECRET).unwrap();
    let error = refused(verifier.verify_at(BODY, &header, NOW));
    assert_eq!((error.problem, error.age), (SignatureProblem::FromFuture, Some(-90)));
    let ahead = verifier.future_tolerance(std::time::Duration::from_secs(90));
    assert!(ahead.verify_at(BODY, &header, NOW).is_ok());
}

#[test]
fn both_secrets_are_valid_during_rotation() {
    let both = Verifier::with_secrets(["whsec_new", "whsec_old"]).unwrap();
    for secrets in [vec!["whsec_new"], vec!["whsec_old"], vec!["whsec_old", "whsec_new"]] {
        let header = Signer::with_secrets(secrets).unwrap().sign(BODY);
        both.verify(BODY, &header).unwrap();
    }
    let header = Signer::with_secrets(["whsec_old", "whsec_new"]).unwrap().sign(BODY);
    Verifier::new("whsec_new").unwrap().verify(BODY, &header).unwrap();
    refused(Verifier::new("whsec_other").unwrap().verify(BODY, &header));
}

#[test]
fn debug_and_errors_contain_no_secret() {
    let secret = "whsec_unmistakable";
    let verifier = Verifier::new(secret).unwrap();
    let signer = Signer::new(secret).unwrap();
    let error = refused(verifier.verify(BODY, "t=1,v1=00"));
    let broken = refused(Verifier::new("whsec_unmistakable "));
    let text = format!("{verifier:?} {signer:?} {error:?} {error} {broken:?} {broken}");
    assert!(!text.contains("unmistakable"), "{text}");
}
