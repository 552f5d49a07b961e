//! The text printed when the server starts: how to configure clients.

use super::clients::{self, Place};
use stripe_sandbox::server::CONTROLS;

/// The contents of the text.
#[derive(Debug, Default)]
pub(super) struct Told<'t> {
    pub(super) url: &'t str,
    pub(super) host: &'t str,
    pub(super) port: u16,
    pub(super) platform: &'t str,
    pub(super) seed: u64,
    /// A connected account.
    pub(super) account: Option<&'t str>,
    /// The file with the root certificate, with TLS.
    pub(super) root: Option<&'t str>,
    /// The state file and its number of inputs.
    pub(super) state: Option<(&'t str, usize)>,
    /// The address that receives all events, and the signing secret.
    pub(super) forward: Option<(&'t str, &'t str)>,
}

/// How to configure clients.
pub(super) fn introduction(told: &Told<'_>) -> String {
    let Told { url, platform, seed, .. } = told;
    let key = ["sk", "test", "sandbox0000"].join("_");
    let controls: String = CONTROLS
        .iter()
        .map(|control| {
            let call = format!("{} /_sandbox/{}", control.method, control.path);
            format!("  {call:<30} {}\n", control.does)
        })
        .collect();
    let account = told.account.map(|id| format!("Connected account: {id}\n")).unwrap_or_default();
    let state = told.state.map(|(file, inputs)| format!("State file: {file}, with {inputs} inputs so far\n"));
    let forward = told
        .forward
        .map(|(to, secret)| format!("All events go to {to}\nWebhook signing secret: {secret}\n"))
        .unwrap_or_default();
    let kept = told.root.map(|file| format!("Its root certificate: {file}\n")).unwrap_or_default();
    let state = state.unwrap_or_default();
    let place = Place { url, host: told.host, port: told.port, root: told.root, key: &key };
    let clients = clients::lines(place);
    format!(
        "\
The sandbox listens on {url}
{kept}Pages: {url}/
Platform account: {platform}
{account}{state}{forward}Seed: {seed} (--seed {seed} gives the same ids again)
Any secret test key works, such as {key}

{clients}Controls (no key required; parameters as a form or JSON; listed by GET /_sandbox/)
{controls}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn introduction_contains_address_accounts_and_every_control() {
        let told = Told {
            url: "http://127.0.0.1:9",
            host: "127.0.0.1",
            port: 9,
            platform: "acct_p",
            account: Some("acct_c"),
            ..Told::default()
        };
        let text = introduction(&told);
        assert!(text.contains("http://127.0.0.1:9/v1/balance") && text.contains("port: 9,"), "{text}");
        assert!(text.contains("acct_p") && text.contains("acct_c"));
        assert!(!text.contains("https") && !text.contains("certificate"), "{text}");
        assert!(CONTROLS.iter().all(|control| text.contains(control.does)));
    }

    #[test]
    fn introduction_with_tls_contains_the_certificate_for_every_client() {
        let told = Told {
            url: "https://127.0.0.1:9",
            host: "127.0.0.1",
            port: 9,
            platform: "acct_p",
            root: Some("/r.pem"),
            ..Told::default()
        };
        let text = introduction(&told);
        for told in [
            "curl --cacert '/r.pem' https://127.0.0.1:9/",
            ".root_certificate(std::fs::read(\"/r.pem\")?)",
            "NODE_EXTRA_CA_CERTS=/r.pem",
            "protocol: 'https'",
            "stripe.ca_bundle_path = \"/r.pem\"",
        ] {
            assert!(text.contains(told), "{told}: {text}");
        }
        assert!(!text.contains("http:"), "{text}");
    }
}
