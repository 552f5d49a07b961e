//! Requests: plain data with an [`Operation`](crate::Operation) that describes how to send it.

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

/// A generated request: parameters, call options, and the operation.
///
/// The trait is sealed; requests are created with the constructors of the generated types.
#[allow(private_bounds)]
pub trait Request: Parameters {
    /// The type of the reply.
    type Output: Reply;

    /// The operation of the request.
    const OPERATION: &'static Operation;

    /// The options of the call.
    fn options(&self) -> &Options;

    /// The options of the call, mutably.
    fn options_mut(&mut self) -> &mut Options;

    /// Decodes the reply. Not generic, so that it is compiled with this crate, including the drop code of partial
    /// values.
    #[doc(hidden)]
    fn read(reply: Received<Bytes>) -> Result<Response<Self::Output>, Error>;

    /// Whether a body is the expected reply.
    #[doc(hidden)]
    fn is_expected(body: &[u8]) -> bool;
}

/// The parameters of a request; implemented by generated types only.
pub(crate) trait Parameters: Record {}

impl<T: Record> Parameters for T {}

/// A type that replies can be decoded to; implemented only by types of this crate.
#[allow(private_bounds)]
pub trait Reply: Decode + Send + 'static {}

impl<T: WireType> Reply for T {}

/// Implements a request for a generated struct: the operation, and the setters of call options.
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
            /// Makes the call for this connected account (the `Stripe-Account` header), regardless of the client's
            /// scope.
            pub fn for_account(mut self, account: impl Into<$crate::Id<$crate::account::Account>>) -> Self {
                self.options.set_account(account.into());
                self
            }

            /// Sets call options. Options that are already set and not overridden are kept.
            #[inline]
            pub fn with_options(mut self, options: $crate::Options) -> Self {
                self.options.merge(options);
                self
            }

            /// Sends a parameter that this type lacks, because it is newer than this crate or was left out. Use
            /// `a[b][c]` for nested parameters; a JSON object or list is encoded as the operation requires. Values
            /// are hidden in debug output. Preparing fails if the parameter is already set.
            #[inline]
            pub fn param(mut self, name: impl Into<String>, value: impl Into<$crate::Json>) -> Self {
                self.options.add_param(name.into(), value.into());
                self
            }

            /// Sends the request when the returned call is awaited.
            #[inline]
            pub fn send(&self, client: &$crate::Client) -> $crate::Call<$output> {
                client.send(self)
            }
        }

        $($crate::client::request::request!(@$option $type $($argument)?);)*
    };
    (@expand $type:ident $path:ty) => {
        impl $type {
            /// Expands a related object, which is then returned in full instead of as an id. Call it once per object.
            pub fn expand(mut self, path: impl Into<$path>) -> Self {
                self.options.add_expand(path.into().as_str());
                self
            }
        }
    };
    (@expand_items $type:ident $path:ty) => {
        impl $type {
            /// Expands a related object of each item, which is then returned in full instead of as an id. Call it
            /// once per object.
            pub fn expand(mut self, path: impl Into<$path>) -> Self {
                self.options.add_expand(&format!("data.{}", path.into().as_str()));
                self
            }
        }
    };
    (@keyed $type:ident) => {
        impl $type {
            /// Sets the idempotency key, 1 to 255 visible ASCII characters. Requests with the same key have one
            /// effect. By default each call gets a random key, which its retries share. Stripe stores a refusal under
            /// its key for a day; see [`Prepared`](crate::Prepared).
            pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
                self.options.set_idempotency_key(key.into());
                self
            }
        }
    };
    (@lists $type:ident $item:ty) => {
        impl $type {
            /// Iterates over all items, page after page.
            #[inline]
            pub fn items(&self, client: &$crate::Client) -> $crate::Items<$item> {
                client.items(self)
            }

            /// Iterates over all pages.
            #[inline]
            pub fn pages(&self, client: &$crate::Client) -> $crate::Pages<<Self as $crate::Request>::Output> {
                client.pages(self)
            }
        }
    };
}

pub(crate) use request;
