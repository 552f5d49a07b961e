//! Values of `stripe-platform` as columns of your tables.
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> sqlx::Result<()> {
//! use stripe_platform::account::Account;
//! use stripe_platform::{Currency, Id, Money, Timestamp};
//! use stripe_platform_sqlx::types::{Text, UnixSeconds};
//!
//! let pool = sqlx::SqlitePool::connect("sqlite::memory:").await?;
//! sqlx::query("CREATE TABLE sellers (account TEXT, owed BIGINT, currency TEXT, since BIGINT)").execute(&pool).await?;
//!
//! let (account, owed) = (Id::<Account>::from("acct_1"), Money::new(1_000, Currency::EUR));
//! sqlx::query("INSERT INTO sellers VALUES ($1, $2, $3, $4)")
//!     .bind(Text(&account))
//!     .bind(owed.amount)
//!     .bind(Text(&owed.currency))
//!     .bind(UnixSeconds(Timestamp::new(1_767_225_600)))
//!     .execute(&pool)
//!     .await?;
//!
//! let (account, amount, currency, since): (Text<Id<Account>>, i64, Text<Currency>, UnixSeconds) =
//!     sqlx::query_as("SELECT account, owed, currency, since FROM sellers").fetch_one(&pool).await?;
//! assert_eq!((account.0.as_str(), Money::new(amount, currency.0)), ("acct_1", owed));
//! assert_eq!(since.0.to_string(), "2026-01-01T00:00:00Z");
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "sqlite"))]
//! # fn main() {}
//! ```

use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};
use std::fmt::Display;
use stripe_platform::Timestamp;

/// A text column: an [`Id`](stripe_platform::Id), a [`Currency`](stripe_platform::Currency), a
/// [`DateTime`](stripe_platform::DateTime), or an enum from Stripe, whose unknown values are kept.
///
/// To write, wrap the value or a reference to it; to read, use the type.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)]
pub struct Text<T>(pub T);

/// A column of 64-bit integers: a time in Unix seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(clippy::exhaustive_structs)]
pub struct UnixSeconds(pub Timestamp);

impl<DB: Database, T> Type<DB> for Text<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        String::compatible(ty)
    }
}

impl<'q, DB: Database, T: Display> Encode<'q, DB> for Text<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.to_string().encode(buf)
    }
}

impl<'r, DB: Database, T: for<'a> From<&'a str>> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        <&str>::decode(value).map(|text| Self(T::from(text)))
    }
}

impl<DB: Database> Type<DB> for UnixSeconds
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        i64::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        i64::compatible(ty)
    }
}

impl<'q, DB: Database> Encode<'q, DB> for UnixSeconds
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.as_seconds().encode(buf)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for UnixSeconds
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        i64::decode(value).map(|seconds| Self(Timestamp::new(seconds)))
    }
}
