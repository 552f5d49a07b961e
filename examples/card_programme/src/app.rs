//! The routes of one instance.

use crate::Failure;
use crate::data::Data;
use crate::metrics::Metrics;
use crate::{decisions, events};
use axum::extract::{FromRef, Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;
use sqlx::Pool;
use std::future::Future;
use stripe_platform::issuing::{self, card, cardholder};
use stripe_platform::outbox::{
    ByMetadata, Claimed, Done, Enqueued, Entry, Outbox, OutboxError, Step, Worker,
};
use stripe_platform::webhook::axum::Verified;
use stripe_platform::webhook::{Decision, Event, Once, Responder, Verifier};
use stripe_platform::{BoxFuture, Client, Currency, Error, Secret, account, account_link, payout, topup};
use stripe_platform_sqlx::{BoxError, Settle, SqlEventLog, SqlOutbox};

/// One instance of the service.
#[derive(Debug)]
pub struct App<DB: Data> {
    pool: Pool<DB>,
    stripe: Client,
    outbox: SqlOutbox<DB>,
    log: SqlEventLog<DB>,
    verifier: Verifier,
    metrics: Metrics,
}

impl<DB: Data> Clone for App<DB> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            stripe: self.stripe.clone(),
            outbox: self.outbox.clone(),
            log: self.log.clone(),
            verifier: self.verifier.clone(),
            metrics: self.metrics.clone(),
        }
    }
}

impl<DB: Data> FromRef<App<DB>> for Verifier {
    fn from_ref(app: &App<DB>) -> Self {
        app.verifier.clone()
    }
}

/// Writes the result of a payout to the service's table, in the transaction that ends it in the outbox.
#[derive(Debug)]
struct PayoutResult;

impl<DB: Data> Settle<DB> for PayoutResult {
    fn settle<'a>(
        &'a self,
        connection: &'a mut DB::Connection,
        claim: &'a Claimed,
        step: &'a Step,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let (status, id) = match step {
                Step::Done(Done::Succeeded(reply)) => {
                    let text = |name: &str| reply.expose()[name].as_str().unwrap_or_default().to_owned();
                    (text("status"), text("id"))
                }
                step => (step.label().to_owned(), String::new()),
            };
            let sql = "UPDATE payouts SET status = $2, stripe_id = $3 WHERE reference = $1";
            let reference = claim.reference.as_deref().unwrap_or_default();
            DB::run(connection, sql, vec![reference.into(), status.as_str().into(), id.as_str().into()])
                .await?;
            Ok(())
        })
    }
}

impl<DB: Data> App<DB> {
    /// Creates an instance with the signing secrets of its webhook endpoints.
    ///
    /// # Errors
    /// If a secret is malformed.
    pub fn new(pool: Pool<DB>, stripe: Client, secrets: Vec<Secret<String>>) -> Result<Self, Failure> {
        Ok(Self {
            outbox: SqlOutbox::new(pool.clone()).settle(PayoutResult),
            log: SqlEventLog::new(pool.clone()),
            verifier: Verifier::with_secrets(secrets)?,
            metrics: Metrics::default(),
            pool,
            stripe,
        })
    }

    /// Runs the worker of the instance beside the routes, until the shutdown.
    pub async fn work(&self, shutdown: impl Future<Output = ()>) {
        self.worker().run(shutdown).await;
    }

    /// The worker, with the settings that all instances share.
    pub fn worker(&self) -> Worker {
        let worker = Worker::new(self.outbox.clone(), self.stripe.clone()).concurrency(8);
        worker.reconcile(ByMetadata::new("reference")).hook(self.metrics.clone())
    }

    /// The routes.
    pub fn router(&self) -> Router {
        let pool = self.pool.clone();
        let decide = move |request| decisions::decide(pool.clone(), request);
        let authorizations = Responder::new(self.verifier.clone(), decide).fallback(Decision::decline());
        Router::new()
            .route("/businesses", post(onboard::<DB>))
            .route("/businesses/{tenant}/fund", post(fund::<DB>))
            .route("/businesses/{tenant}/cards", post(issue::<DB>))
            .route("/businesses/{tenant}/payouts", post(pay_out::<DB>))
            .route("/payouts/{reference}", get(payout_status::<DB>))
            .route("/webhooks/events", post(receive::<DB>))
            .route("/webhooks/authorizations", post(authorizations))
            .route("/metrics", get(metrics::<DB>))
            .with_state(self.clone())
    }

    async fn account(&self, tenant: &str) -> Result<String, Refused> {
        let sql = "SELECT account FROM businesses WHERE tenant = $1";
        let row = DB::texts(&mut *self.pool.acquire().await?, sql, vec![tenant.into()]).await?;
        let account = row.and_then(|row| row.into_iter().next());
        account.ok_or_else(|| Refused(StatusCode::NOT_FOUND, format!("there is no business {tenant:?}")))
    }
}

/// The error of a route.
struct Refused(StatusCode, String);

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.0, self.1).into_response()
    }
}

impl<E: Into<Failure>> From<E> for Refused {
    fn from(error: E) -> Self {
        let error = error.into();
        let status = match (error.downcast_ref(), error.downcast_ref()) {
            (Some(Error::InvalidInput(_)), _) => StatusCode::BAD_REQUEST,
            (_, Some(OutboxError::KeyReused(_))) => StatusCode::CONFLICT,
            _ => StatusCode::BAD_GATEWAY,
        };
        Refused(status, error.to_string())
    }
}

type Reply = Result<(StatusCode, Json<serde_json::Value>), Refused>;

#[derive(Deserialize)]
struct Onboard {
    tenant: String,
    name: String,
    email: String,
}

/// Opens an account and returns the link to Stripe's onboarding form.
async fn onboard<DB: Data>(State(app): State<App<DB>>, Json(asked): Json<Onboard>) -> Reply {
    let business = account::Create::new()
        .country("US")
        .email(asked.email)
        .business_type(account::BusinessType::Company)
        .company(account::CompanyParams::new().name(asked.name))
        .controller(
            account::ControllerParams::new()
                .stripe_dashboard(account::StripeDashboardKind::None)
                .fees(account::Payer::Application)
                .losses(account::LossesPayments::Application)
                .requirement_collection(account::RequirementCollection::Application),
        )
        .capabilities(account::CapabilitiesParams::new().card_issuing().transfers())
        .idempotency_key(format!("onboard/{}", asked.tenant))
        .send(&app.stripe)
        .await?;
    let sql = "INSERT INTO businesses (tenant, account) VALUES ($1, $2) ON CONFLICT (tenant) DO NOTHING";
    let values = vec![asked.tenant.as_str().into(), business.id.as_str().into()];
    DB::run(&mut *app.pool.acquire().await?, sql, values).await?;
    let link = account_link::Create::new(&business.id, account_link::Kind::AccountOnboarding)
        .refresh_url("https://platform.example/onboarding/again")
        .return_url("https://platform.example/onboarding/back")
        .collection_options(
            account_link::CollectionOptionsParams::new().fields(account_link::CollectedFields::EventuallyDue),
        )
        .send(&app.stripe)
        .await?;
    // The caller is the business itself, so it may see the link.
    Ok((StatusCode::CREATED, Json(json!({ "account": business.id.as_str(), "link": link.url.expose() }))))
}

#[derive(Deserialize)]
struct Fund {
    order: String,
    cents: i64,
    source: String,
}

/// Debits the bank account of the business. The idempotency key is derived from the order, so repeated requests make one top-up.
async fn fund<DB: Data>(
    State(app): State<App<DB>>,
    Path(tenant): Path<String>,
    Json(asked): Json<Fund>,
) -> Reply {
    let account = app.account(&tenant).await?;
    let topup = topup::Create::new(asked.cents, Currency::USD)
        .source(asked.source)
        .destination_balance(topup::DestinationBalance::Issuing)
        .metadata([("reference", asked.order.as_str())])
        .idempotency_key(format!("fund/{tenant}/{}", asked.order))
        .send(&app.stripe.for_account(account))
        .await?;
    let body = json!({ "topup": topup.id.as_str(), "status": topup.status.to_string() });
    Ok((StatusCode::ACCEPTED, Json(body)))
}

#[derive(Deserialize)]
struct Issue {
    employee: String,
    name: String,
    limit: i64,
}

/// Issues a card to an employee, with a limit that this service enforces.
async fn issue<DB: Data>(
    State(app): State<App<DB>>,
    Path(tenant): Path<String>,
    Json(asked): Json<Issue>,
) -> Reply {
    let business = app.stripe.for_account(app.account(&tenant).await?);
    let address = issuing::AddressParams::new(issuing::RequiredAddressParams {
        line1: "510 Townsend Street".into(),
        city: "San Francisco".into(),
        postal_code: "94103".into(),
        country: "US".into(),
    });
    let key = |step: &str| format!("issue/{tenant}/{}/{step}", asked.employee);
    let holder =
        cardholder::Create::new(cardholder::BillingParams::new(address.state("CA")), asked.name.as_str())
            .kind(cardholder::Kind::Company)
            .idempotency_key(key("holder"))
            .send(&business)
            .await?;
    let card = card::Create::new(Currency::USD, card::Kind::Virtual)
        .cardholder(&holder.id)
        .status(card::Status::Active)
        .idempotency_key(key("card"))
        .send(&business)
        .await?;
    let sql =
        "INSERT INTO cards (card, tenant, spend_limit) VALUES ($1, $2, $3) ON CONFLICT (card) DO NOTHING";
    let values = vec![card.id.as_str().into(), tenant.as_str().into(), asked.limit.into()];
    DB::run(&mut *app.pool.acquire().await?, sql, values).await?;
    Ok((StatusCode::CREATED, Json(json!({ "card": card.id.as_str(), "last4": card.last4 }))))
}

#[derive(Deserialize)]
struct PayOut {
    reference: String,
    cents: i64,
}

/// Stores a payout and its request in one transaction. A worker sends it.
async fn pay_out<DB: Data>(
    State(app): State<App<DB>>,
    Path(tenant): Path<String>,
    Json(asked): Json<PayOut>,
) -> Reply {
    let account = app.account(&tenant).await?;
    let request = payout::Create::new(asked.cents, Currency::USD)
        .source_balance(payout::SourceBalance::Issuing)
        .metadata([("reference", asked.reference.as_str())])
        .idempotency_key(format!("payout/{}", asked.reference))
        .for_account(&account);
    let entry = Entry::new(&app.stripe.prepare(&request)?).reference(&asked.reference).ordered_by(&account);
    let mut tx = DB::transaction(&app.pool).await?;
    let sql = "INSERT INTO payouts (reference, tenant, cents, status) VALUES ($1, $2, $3, 'stored') \
               ON CONFLICT (reference) DO NOTHING";
    let values = vec![asked.reference.as_str().into(), tenant.as_str().into(), asked.cents.into()];
    DB::run(&mut *tx, sql, values).await?;
    let enqueued = app.outbox.enqueue(&mut *tx, &entry).await?;
    tx.commit().await?;
    Ok((
        StatusCode::ACCEPTED,
        Json(json!({ "reference": asked.reference, "new": enqueued == Enqueued::New })),
    ))
}

async fn payout_status<DB: Data>(State(app): State<App<DB>>, Path(reference): Path<String>) -> Reply {
    let sql = "SELECT status, coalesce(stripe_id, '') FROM payouts WHERE reference = $1";
    let row = DB::texts(&mut *app.pool.acquire().await?, sql, vec![reference.as_str().into()]).await?;
    match row.as_deref() {
        Some([status, id]) => Ok((StatusCode::OK, Json(json!({ "status": status, "payout": id })))),
        _ => Err(Refused(StatusCode::NOT_FOUND, format!("there is no payout {reference:?}"))),
    }
}

/// Handles an event once. After an error, Stripe delivers it again.
async fn receive<DB: Data>(State(app): State<App<DB>>, Verified(event): Verified<Event>) -> StatusCode {
    match events::handle(&app.pool, &app.log, &event).await {
        Ok(Once::Handled(()) | Once::Duplicate) => StatusCode::OK,
        Ok(Once::InWork) => StatusCode::CONFLICT,
        Err(error) => {
            eprintln!("{}: {error}", event.id);
            StatusCode::INTERNAL_SERVER_ERROR
        }
    }
}

async fn metrics<DB: Data>(State(app): State<App<DB>>) -> Result<String, Refused> {
    Ok(app.metrics.text(app.outbox.counts().await?))
}
