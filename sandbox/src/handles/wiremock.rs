use super::Sandbox;
use crate::router::{Ending, Request, Response};
use std::time::Duration;
use wiremock::{Respond, ResponseTemplate};

/// How late an answer comes that never comes.
const NEVER: Duration = Duration::from_secs(86_400);

/// A sandbox answers the requests of a wiremock server: mount it with a matcher for Stripe's paths.
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
/// wiremock can delay an answer and nothing more: in place of a planned reset or stall the answer comes after a day, and
/// a body that breaks off is a short one. While an endpoint is asked about an authorization, the wiremock server answers
/// nobody else.
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
        // Here, on the runtime of wiremock, which stays.
        self.wake();
        template(response)
    }
}

/// Answers on a thread of its own: this one belongs to a runtime and must not wait in it.
fn wait(sandbox: &Sandbox, request: &Request) -> Response {
    let answered = std::thread::scope(|scope| {
        let converse = || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            Some(runtime.block_on(sandbox.converse(request)).0)
        };
        scope.spawn(converse).join().ok().flatten()
    });
    // Without a thread or a runtime there is still the router.
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
        // A value that no header can hold is left out, as on the wire.
        if *name != "content-type" && http::HeaderValue::try_from(value.as_str()).is_ok() {
            template = template.insert_header(*name, value.as_str());
        }
    }
    match response.wire.ending {
        Ending::Reset | Ending::Stalled => template.set_delay(NEVER),
        Ending::Whole | Ending::Truncated(_) => template,
    }
}
