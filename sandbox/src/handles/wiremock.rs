use super::Sandbox;
use crate::router::{Ending, Request, Response};
use std::time::Duration;
use wiremock::{Respond, ResponseTemplate};

/// The delay that stands in for a reply that is never sent.
const NEVER: Duration = Duration::from_secs(86_400);

/// Lets a wiremock server answer with a sandbox: mount it with a matcher for Stripe's paths.
///
/// ```
/// use stripe_sandbox::Sandbox;
/// use stripe_platform::{Client, balance};
/// use wiremock::matchers::path_regex;
/// use wiremock::{Mock, MockServer};
///
/// # #[tokio::main]
/// # async fn main() -> Result<(), stripe_platform::Error> {
/// let server = MockServer::start().await;
/// Mock::given(path_regex("^/v[12]/")).respond_with(Sandbox::start()).mount(&server).await;
///
/// let key = ["sk", "test", "sandbox"].join("_");
/// let client = Client::builder(key).base_url(server.uri()).build()?;
/// balance::Retrieve::new().send(&client).await?;
/// # Ok(())
/// # }
/// ```
///
/// wiremock can only delay a reply: instead of a planned reset or stall the reply comes after a day, and a truncated
/// body is a short one. While an endpoint decides about an authorization, the wiremock server answers no other
/// request.
impl Respond for Sandbox {
    fn respond(&self, request: &wiremock::Request) -> ResponseTemplate {
        let request = Request {
            method: request.method.clone(),
            path: request.url.path().to_owned(),
            query: request.url.query().unwrap_or_default().to_owned(),
            headers: request.headers.clone(),
            body: request.body.clone().into(),
        };
        let response = wait(self, &request);
        // Uses the runtime of wiremock, which outlives the request.
        self.wake();
        template(response)
    }
}

/// Answers on a separate thread: this one belongs to a runtime and must not block.
fn wait(sandbox: &Sandbox, request: &Request) -> Response {
    let answered = std::thread::scope(|scope| {
        let converse = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            Some(runtime.block_on(sandbox.converse(request)).0)
        };
        scope.spawn(converse).join().ok().flatten()
    });
    // Without a thread or a runtime, calls the router directly.
    answered.unwrap_or_else(|| sandbox.handle(request))
}

fn template(response: Response) -> ResponseTemplate {
    let body = match response.wire.ending {
        Ending::Truncated(length) => response.body.slice(..length.min(response.body.len().saturating_sub(1))),
        _ => response.body,
    };
    let kind = response.headers.iter().find(|(name, _)| *name == "content-type");
    let kind = kind.map_or("application/json", |(_, kind)| kind.as_str());
    let mut template = ResponseTemplate::new(response.status).set_body_raw(body.to_vec(), kind);
    for (name, value) in &response.headers {
        // A value that is invalid in a header is omitted, as by the server.
        if *name != "content-type" && http::HeaderValue::try_from(value.as_str()).is_ok() {
            template = template.insert_header(*name, value.as_str());
        }
    }
    match response.wire.ending {
        Ending::Reset | Ending::Stalled => template.set_delay(NEVER),
        Ending::Whole | Ending::Truncated(_) => template,
    }
}
