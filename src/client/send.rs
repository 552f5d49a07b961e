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
    /// Sends a request, once the call is awaited. `request.send(&client)` does the same.
    //
    // Never inlined, like `prepare`: the compiler would copy it, and how to drop the request, into every codegen unit.
    #[inline(never)]
    pub fn send<R: Request>(&self, request: &R) -> Call<R::Output> {
        Call::new(Arc::clone(&self.inner), self.prepare(request), Wanted::Object(R::is_expected), R::read)
    }

    /// Turns a request into a value that can be stored, and sent any number of times for one effect.
    ///
    /// # Errors
    /// For everything that can be wrong with a request before it is sent.
    #[inline(never)]
    pub fn prepare<R: Request>(&self, request: &R) -> Result<Prepared, Error> {
        encode(R::OPERATION, request, request.options(), &self.defaults())
    }

    /// Sends a prepared request, for the first time or again. It goes to the account that it was prepared
    /// for.
    ///
    /// The type of the reply is the caller's to name; [`Json`](crate::Json) always fits. The outcome of an error speaks
    /// about all times that it was sent: it is unknown where this time could not be sent or was turned away at the
    /// door, because an earlier time may have gone through.
    pub fn replay<T: Reply>(&self, request: &Prepared) -> Call<T> {
        self.resume(request, true)
    }

    /// Sends a prepared request. `replayed` is whether an earlier time may have gone through.
    pub(crate) fn resume<T: Reply>(&self, request: &Prepared, replayed: bool) -> Call<T> {
        let mut request = request.clone();
        // Whoever holds the value holds its key.
        request.0.generated_key = false;
        request.0.replayed = replayed;
        // It may have been stored by a client that did not insist.
        let scoped = request.0.account.is_some() || request.0.context.is_some();
        let request = if self.inner.require_account && !scoped {
            Err(Error::invalid_input("the client requires an account, and the stored request has none"))
        } else {
            Ok(request)
        };
        Call::new(Arc::clone(&self.inner), request, Wanted::Object(T::is_expected), T::read)
    }
}
