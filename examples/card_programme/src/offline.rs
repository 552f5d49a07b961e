//! Two instances on an offline Stripe, for tests and the demonstration. Only this module imports the sandbox.

use crate::Failure;
use crate::app::App;
use crate::data::Data;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use serde_json::Value;
use sqlx::Pool;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use stripe_platform::account::external_account;
use stripe_platform::webhook_endpoint::{self, EventType};
use stripe_platform::{Client, Secret};
pub use stripe_sandbox::{BalanceKind, Sandbox, days};
use tower_service::Service;

const URL: &str = "https://platform.example/webhooks";

/// Two instances over one database, with a sandbox instead of Stripe and a load balancer in front.
#[derive(Debug)]
pub struct Offline<DB: Data> {
    pub sandbox: Sandbox,
    pub instances: [App<DB>; 2],
    pub balancer: Router,
}

impl<DB: Data> Offline<DB> {
    /// Starts a sandbox and two instances that receive its webhooks.
    ///
    /// # Errors
    /// If the endpoints cannot be registered.
    pub async fn start(pool: Pool<DB>) -> Result<Self, Failure> {
        let sandbox = Sandbox::start();
        let client = sandbox.client();
        let events = [EventType::TopupSucceeded, EventType::PayoutPaid, EventType::PayoutFailed];
        let secrets = vec![
            register(&client, "events", &events).await?,
            register(&client, "authorizations", &[EventType::IssuingAuthorizationRequest]).await?,
        ];
        let instance = || App::new(pool.clone(), client.clone(), secrets.clone());
        let instances = [instance()?, instance()?];
        let balancer = balance(instances.iter().map(App::router).collect());
        sandbox.webhooks().receive(format!("{URL}/events"), balancer.clone());
        sandbox.webhooks().receive(format!("{URL}/authorizations"), balancer.clone());
        Ok(Self { sandbox, instances, balancer })
    }

    /// Posts JSON to the service, and returns the status and the reply.
    ///
    /// # Errors
    /// If the reply is neither JSON nor text.
    pub async fn post(&self, path: &str, body: Value) -> Result<(StatusCode, Value), Failure> {
        self.call(Method::POST, path, Body::from(body.to_string())).await
    }

    /// Gets from the service.
    ///
    /// # Errors
    /// If the reply is neither JSON nor text.
    pub async fn get(&self, path: &str) -> Result<(StatusCode, Value), Failure> {
        self.call(Method::GET, path, Body::empty()).await
    }

    async fn call(&self, method: Method, path: &str, body: Body) -> Result<(StatusCode, Value), Failure> {
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let response = self.balancer.clone().call(request.body(body)?).await?;
        let (status, body) = (response.status(), to_bytes(response.into_body(), 1 << 20).await?);
        let text = String::from_utf8(body.to_vec())?;
        Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }

    /// Opens a business, and completes its onboarding form.
    ///
    /// # Errors
    /// If it cannot be opened.
    pub async fn open_business(&self, tenant: &str) -> Result<String, Failure> {
        let asked =
            serde_json::json!({ "tenant": tenant, "name": "Rosen Supplies", "email": "office@example.com" });
        let (_, reply) = self.post("/businesses", asked).await?;
        let text = |name: &str| reply[name].as_str().ok_or_else(|| format!("{reply}"));
        let (account, link) = (text("account")?, text("link")?);
        self.sandbox.account_links().complete_with(link, &[("company.tax_id", "000000000")])?;
        let bank = external_account::Create::new(account).external_account("btok_us_verified");
        bank.send(&self.sandbox.client()).await?;
        Ok(account.to_owned())
    }
}

async fn register(client: &Client, path: &str, events: &[EventType]) -> Result<Secret<String>, Failure> {
    let endpoint = webhook_endpoint::Create::new(events.iter().cloned(), format!("{URL}/{path}"));
    let endpoint = endpoint.connect(true).send(client).await?;
    endpoint.secret.ok_or_else(|| "the reply has no secret".into())
}

/// Distributes requests over instances in turn.
fn balance(instances: Vec<Router>) -> Router {
    let turn = Arc::new(AtomicUsize::new(0));
    let instances = Arc::new(instances);
    Router::new().fallback(move |request: Request<Body>| {
        let number = turn.fetch_add(1, Ordering::Relaxed) % instances.len();
        let mut instance = instances[number].clone();
        async move { instance.call(request).await }
    })
}
