//! Sending requests: typed, prepared, replayed.

use crate::Error;
use crate::client::call::Call;
use crate::client::call::origin::Wanted;
use crate::client::request::encode::encode;
use crate::client::request::prepared::Prepared;
use crate::client::request::{Reply, Request};
use crate::client::shared::Client;
use std::sync::Arc;

impl Client {
    /// Sends a request when the returned call is awaited; same as `request.send(&client)`.
    //
    // Never inlined, like `prepare`: the compiler would otherwise copy it and the request's drop code into every
    // codegen unit.
    #[inline(never)]
    pub fn send<R: Request>(&self, request: &R) -> Call<R::Output> {
        Call::new(Arc::clone(&self.inner), self.prepare(request), Wanted::Object(R::is_expected), R::read)
    }

    /// Encodes a request into a value that can be stored, and sent any number of times with one effect.
    ///
    /// # Errors
    /// Returns any validation error of the request.
    #[inline(never)]
    pub fn prepare<R: Request>(&self, request: &R) -> Result<Prepared, Error> {
        encode(R::OPERATION, request, request.options(), &self.defaults())
    }

    /// Sends a prepared request, for the first time or again, for the account that it was prepared for.
    ///
    /// The caller chooses the reply type; [`Json`](crate::Json) always fits. The outcome of an error covers all times
    /// the request was sent: it is unknown if this attempt could not be sent or was refused before execution, because
    /// an earlier attempt may have succeeded.
    pub fn replay<T: Reply>(&self, request: &Prepared) -> Call<T> {
        self.resume(request, true)
    }

    /// Sends a prepared request. `replayed`: an earlier attempt may have succeeded.
    pub(crate) fn resume<T: Reply>(&self, request: &Prepared, replayed: bool) -> Call<T> {
        let mut request = request.clone();
        // The caller holds the value, and with it the key.
        request.0.generated_key = false;
        request.0.replayed = replayed;
        // It may have been stored by a client without this requirement.
        let scoped = request.0.account.is_some() || request.0.context.is_some();
        let request = if self.inner.require_account && !scoped {
            Err(Error::invalid_input(
                "the client requires a connected account, but the stored request has none; prepare it with `for_account`",
            ))
        } else {
            Ok(request)
        };
        Call::new(Arc::clone(&self.inner), request, Wanted::Object(T::is_expected), T::read)
    }
}
