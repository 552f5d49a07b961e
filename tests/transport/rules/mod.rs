//! The rules of the transport, tested with a scripted one in process and with paused time.

mod accounts;
mod deadlines;
mod defaults;
mod encoding;
mod files;
mod headers;
mod idempotency;
mod numbers;
mod observing;
mod outcomes;
mod paging;
mod params;
mod retries;
mod showing;

/// Types that are `Send`, checked by the compiler.
const _: () = {
    use stripe_platform as sdk;
    const fn shared<T: Clone + Send + Sync + 'static>() {}
    const fn sent<T: Send + 'static>() {}
    shared::<sdk::Client>();
    shared::<sdk::Prepared>();
    shared::<sdk::Response<sdk::topup::Topup>>();
    sent::<sdk::Call<sdk::topup::Topup>>();
    sent::<sdk::CallFuture<sdk::topup::Topup>>();
    sent::<sdk::Items<sdk::topup::Topup>>();
    sent::<sdk::Pages<sdk::List<sdk::topup::Topup>>>();
    sent::<sdk::Contents>();
    sent::<sdk::Error>();
};
