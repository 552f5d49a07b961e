//! How to point Stripe's clients at the sandbox, language by language.

/// Where the sandbox is served.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) url: &'t str,
    pub(super) host: &'t str,
    pub(super) port: u16,
    /// The file with the root certificate, under TLS.
    pub(super) root: Option<&'t str>,
    pub(super) key: &'t str,
}

/// The lines of one client.
struct Lines {
    /// The language, and the name of the client in it.
    title: &'static str,
    /// The line before, which makes the client trust the root certificate.
    trust: Option<fn(&str) -> String>,
    code: fn(Place<'_>) -> String,
}

/// All clients. The programs of `.ci/official-clients` run the lines for Python and Node as printed.
const CLIENTS: [Lines; 10] = [
    Lines {
        title: "curl",
        trust: None,
        code: |Place { url, root, key, .. }| {
            let trust = root.map(|file| format!(" --cacert '{file}'")).unwrap_or_default();
            format!("curl{trust} {url}/v1/balance -u {key}:")
        },
    },
    Lines {
        title: "CLI (Stripe's own)",
        trust: Some(|file| format!("export SSL_CERT_FILE='{file}'")),
        code: |Place { url, key, .. }| format!("stripe get /v1/balance --api-key {key} --api-base {url}"),
    },
    Lines {
        title: "Rust (stripe_platform)",
        trust: None,
        code: |Place { url, root, key, .. }| {
            let trust = root.map(|file| format!(".root_certificate(std::fs::read({file:?})?)"));
            let trust = trust.unwrap_or_default();
            format!("let client = Client::builder(\"{key}\").base_url(\"{url}\"){trust}.build()?;")
        },
    },
    Lines {
        title: "Node (stripe)",
        trust: Some(|file| format!("// started with NODE_EXTRA_CA_CERTS={file}")),
        code: |Place { host, port, root, key, .. }| {
            let protocol = if root.is_some() { "https" } else { "http" };
            format!(
                "const stripe = new Stripe('{key}', {{ host: '{host}', port: {port}, protocol: '{protocol}' }});"
            )
        },
    },
    Lines {
        title: "Python (stripe)",
        trust: Some(|file| format!("stripe.ca_bundle_path = {file:?}")),
        code: |Place { url, key, .. }| {
            format!(
                "client = stripe.StripeClient('{key}', base_addresses={{'api': '{url}', 'files': '{url}'}})"
            )
        },
    },
    Lines {
        title: "Go (stripe-go)",
        trust: Some(|file| format!("// started with SSL_CERT_FILE={file}")),
        code: |Place { url, key, .. }| {
            format!(
                "backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{{URL: stripe.String(\"{url}\")}})\n\
                 client := stripe.NewClient(\"{key}\", stripe.WithBackends(backends))"
            )
        },
    },
    Lines {
        title: "Ruby (stripe)",
        trust: Some(|file| format!("Stripe.ca_bundle_path = {file:?}")),
        code: |Place { url, key, .. }| {
            format!("client = Stripe::StripeClient.new('{key}', api_base: '{url}', uploads_base: '{url}')")
        },
    },
    Lines {
        title: "PHP (stripe/stripe-php)",
        trust: Some(|file| format!("\\Stripe\\Stripe::setCABundlePath('{file}');")),
        code: |Place { url, key, .. }| {
            format!(
                "$stripe = new \\Stripe\\StripeClient(['api_key' => '{key}', 'api_base' => '{url}', \
                 'files_base' => '{url}']);"
            )
        },
    },
    Lines {
        title: "Java (stripe-java)",
        trust: Some(|file| format!("// keytool -importcert puts {file} into the trust store of the JVM")),
        code: |Place { url, key, .. }| {
            format!(
                "StripeClient client = StripeClient.builder().setApiKey(\"{key}\").setApiBase(\"{url}\")\
                 .setFilesBase(\"{url}\").build();"
            )
        },
    },
    Lines {
        title: ".NET (Stripe.net)",
        trust: Some(|file| format!("// started with SSL_CERT_FILE={file}")),
        code: |Place { url, key, .. }| {
            format!("var client = new StripeClient(\"{key}\", apiBase: \"{url}\", filesBase: \"{url}\");")
        },
    },
];

/// The lines of all clients, each under its title and indented.
pub(super) fn lines(place: Place<'_>) -> String {
    let mut text = String::new();
    for Lines { title, trust, code } in CLIENTS {
        text += &format!("{title}\n");
        let trust = trust.zip(place.root).map(|(trust, file)| trust(file));
        let code = code(place);
        for line in trust.iter().map(String::as_str).chain(code.lines()) {
            text += &format!("  {line}\n");
        }
        text += "\n";
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place<'t>(url: &'t str, root: Option<&'t str>) -> Place<'t> {
        Place { url, host: "127.0.0.1", port: 9, root, key: "a-key" }
    }

    #[test]
    fn each_client_has_the_address_and_the_key() {
        for root in [None, Some("/r.pem")] {
            let url = if root.is_some() { "https://127.0.0.1:9" } else { "http://127.0.0.1:9" };
            for client in CLIENTS {
                let code = (client.code)(place(url, root));
                let addressed = code.contains(url) || code.contains("host: '127.0.0.1', port: 9");
                assert!(addressed && code.contains("a-key"), "{}: {code}", client.title);
                let trusted = code.contains("/r.pem") || client.trust.is_some();
                assert!(trusted || root.is_none(), "{} is not told whom to trust", client.title);
            }
        }
        assert!(!lines(place("http://127.0.0.1:9", None)).contains("CERT"));
    }

    #[test]
    fn page_about_other_languages_lists_each_client() {
        let page = include_str!("../../docs/use-it-from.md");
        for Lines { title, .. } in CLIENTS {
            let language = title.split(' ').next().unwrap();
            assert!(page.contains(&format!("\n## {language}\n")), "{language} is missing");
        }
    }
}
