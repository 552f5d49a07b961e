//! What a request is: plain data with an [`Operation`](crate::Operation) that says how it travels.

pub(crate) mod defaults;
pub(crate) mod encode;
pub(crate) mod header_value;
pub(crate) mod headers;
pub(crate) mod operation;
pub(crate) mod param;
pub(crate) mod path;
pub(crate) mod prepared;
pub(crate) mod random_key;
pub(crate) mod raw;
pub(crate) mod secret_names;

use crate::client::call::reply::{Decode, Reply as Received};
use crate::client::options::Options;
use crate::client::request::operation::Operation;
use crate::wire::{Record, WireType};
use crate::{Error, Response};
use bytes::Bytes;

/// A request of the generated modules: parameters, call options, and the operation that they belong to.
///
/// The trait is sealed; requests are made with the constructors of the generated types.
#[allow(private_bounds)]
pub trait Request: Parameters {
    /// What Stripe replies.
    type Output: Reply;

    /// How the request travels.
    const OPERATION: &'static Operation;

    /// The options of this call.
    fn options(&self) -> &Options;

    /// The options of this call, to change them.
    fn options_mut(&mut self) -> &mut Options;

    /// Reads the reply. Not generic, so it is compiled with this crate, and with it how to drop what was half read.
    #[doc(hidden)]
    fn read(reply: Received<Bytes>) -> Result<Response<Self::Output>, Error>;

    /// Whether a body is the reply that the request asks for.
    #[doc(hidden)]
    fn is_expected(body: &[u8]) -> bool;
}

/// The parameters of a request; implemented by generated types only.
pub(crate) trait Parameters: Record {}

impl<T: Record> Parameters for T {}

/// What a reply can be decoded to; implemented by the types of this crate only.
#[allow(private_bounds)]
pub trait Reply: Decode + Send + 'static {}

impl<T: WireType> Reply for T {}

/// Makes a request of a generated struct: the operation, and what can be said about the call.
macro_rules! request {
    (
        $type:ident => $output:ty, $id:literal $method:ident $path:literal $encoding:ident $preview:expr;
        $($option:ident $($argument:ty)?;)*
    ) => {
        impl $crate::client::request::Request for $type {
            type Output = $output;

            const OPERATION: &'static $crate::client::request::operation::Operation = &$crate::client::request::operation::Operation {
                id: $id,
                method: $crate::types::method::Method::$method,
                path: $path,
                encoding: $crate::client::request::operation::Encoding::$encoding,
                preview: $preview,
            };

            #[inline]
            fn options(&self) -> &$crate::client::options::Options {
                &self.options
            }

            #[inline]
            fn options_mut(&mut self) -> &mut $crate::client::options::Options {
                &mut self.options
            }

            #[inline(never)]
            fn read(
                reply: $crate::client::call::reply::Reply<bytes::Bytes>,
            ) -> Result<$crate::Response<$output>, $crate::Error> {
                <$output as $crate::client::call::reply::Decode>::read(reply)
            }

            #[inline(never)]
            fn is_expected(body: &[u8]) -> bool {
                <$output as $crate::client::call::reply::Decode>::is_expected(body)
            }
        }

        impl $type {
            /// Makes the call on this connected account (the `Stripe-Account` header), whatever the client's scope is.
            pub fn for_account(mut self, account: impl Into<$crate::Id<$crate::account::Account>>) -> Self {
                self.options.set_account(account.into());
                self
            }

            /// Sets call options: those that are set there. What was set before and is not set there stays.
            #[inline]
            pub fn with_options(mut self, options: $crate::Options) -> Self {
                self.options.merge(options);
                self
            }

            /// Sends a parameter that this type does not have, because it is newer than this crate or was left out of it.
            /// `a[b][c]` names one inside of others; a JSON object or list is written as the operation needs it.
            /// Values are kept out of debug output. Preparing fails if the parameter is set already.
            #[inline]
            pub fn param(mut self, name: impl Into<String>, value: impl Into<$crate::Json>) -> Self {
                self.options.add_param(name.into(), value.into());
                self
            }

            /// Sends the request. Nothing happens until the call is awaited.
            #[inline]
            pub fn send(&self, client: &$crate::Client) -> $crate::Call<$output> {
                client.send(self)
            }
        }

        $($crate::client::request::request!(@$option $type $($argument)?);)*
    };
    (@expand $type:ident $path:ty) => {
        impl $type {
            /// Asks for a related object in full instead of its id; call it once for each.
            pub fn expand(mut self, path: impl Into<$path>) -> Self {
                self.options.add_expand(path.into().as_str());
                self
            }
        }
    };
    (@expand_items $type:ident $path:ty) => {
        impl $type {
            /// Asks, for each item, for a related object in full instead of its id; call it once for each.
            pub fn expand(mut self, path: impl Into<$path>) -> Self {
                self.options.add_expand(&format!("data.{}", path.into().as_str()));
                self
            }
        }
    };
    (@keyed $type:ident) => {
        impl $type {
            /// Sets the idempotency key, 1 to 255 visible ASCII characters: sending again with the same key has one
            /// effect. Without it each logical call gets a fresh random key, which its retries share. A refusal is kept
            /// under its key for a day: what to do then is said at [`Prepared`](crate::Prepared).
            pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.options.set_idempotency_key(key.into());
                self
            }
        }
    };
    (@lists $type:ident $item:ty) => {
        impl $type {
            /// Walks through all items, page after page.
            #[inline]
            pub fn items(&self, client: &$crate::Client) -> $crate::Items<$item> {
                client.items(self)
            }

            /// Walks through all pages.
            #[inline]
            pub fn pages(&self, client: &$crate::Client) -> $crate::Pages<<Self as $crate::Request>::Output> {
                client.pages(self)
            }
        }
    };
}

pub(crate) use request;
