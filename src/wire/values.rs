//! The encoding and decoding traits for the standard types used in records.

use super::Path;
use super::{
    Container, DecodeField, DecodeFromJson, EncodeField, FieldRef, List, ListMut, Map, MapMut, Scalar, Slot,
    TypeMismatch, WireType,
};
use crate::Json;
use crate::wire::json_value::Number;
use std::collections::BTreeMap;

impl EncodeField for i64 {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Int(*self)
    }
}

impl DecodeField for i64 {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        *self = integer(scalar)?;
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

/// Decodes an integer, also from a string of digits, as version 2 of the API sends 64-bit numbers. This applies to
/// every integer, since the document does not state which ones are strings; version 1 sends none as a string, so its
/// decoding is unaffected. Encoded as a number.
pub(crate) fn integer(scalar: Scalar<'_>) -> Result<i64, TypeMismatch> {
    match scalar {
        Scalar::Int(value) => Ok(value),
        Scalar::Str(text) => text.parse().map_err(|_| TypeMismatch),
        _ => Err(TypeMismatch),
    }
}

impl WireType for i64 {
    const EXPECTED: &'static str = "an integer";
    const OPENS: bool = false;

    fn empty() -> Self {
        0
    }
}

impl EncodeField for bool {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Bool(*self)
    }
}

impl DecodeField for bool {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Bool(value) => *self = value,
            _ => return Err(TypeMismatch),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl WireType for bool {
    const EXPECTED: &'static str = "a boolean";
    const OPENS: bool = false;

    fn empty() -> Self {
        false
    }
}

impl EncodeField for String {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Text(self)
    }
}

impl DecodeField for String {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        match scalar {
            Scalar::Str(value) => *self = value.to_owned(),
            _ => return Err(TypeMismatch),
        }
        Ok(())
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl WireType for String {
    const EXPECTED: &'static str = "a string";
    const OPENS: bool = false;

    fn empty() -> Self {
        Self::new()
    }

    fn of(scalar: Scalar<'_>) -> Result<Self, TypeMismatch> {
        match scalar {
            Scalar::Str(value) => Ok(value.to_owned()),
            _ => Err(TypeMismatch),
        }
    }
}

impl<T: EncodeField> EncodeField for Option<T> {
    fn view(&self) -> FieldRef<'_> {
        match self {
            Some(value) => value.view(),
            None => FieldRef::Absent,
        }
    }
}

impl<T: WireType> DecodeField for Option<T> {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        if let Scalar::Null = scalar {
            *self = None;
            return Ok(());
        }
        if !T::TAKES_SCALARS {
            return Err(TypeMismatch);
        }
        *self = Some(T::of(scalar)?);
        Ok(())
    }

    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        if !T::OPENS {
            return None;
        }
        *self = Some(T::empty());
        match self {
            Some(value) => value.open(opening),
            None => None,
        }
    }

    fn expected(&self) -> &'static str {
        T::EXPECTED
    }

    fn is_exact(&self) -> bool {
        T::EXACT
    }
}

impl<T: WireType> WireType for Option<T> {
    const EXPECTED: &'static str = T::EXPECTED;
    const EXACT: bool = T::EXACT;

    fn empty() -> Self {
        None
    }
}

impl<T: EncodeField> EncodeField for Vec<T> {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::List(self)
    }
}

impl<T: WireType> DecodeField for Vec<T> {
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        (opening == Container::Array).then_some(Slot::List(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for Vec<T> {
    const EXPECTED: &'static str = "an array";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::new()
    }
}

impl<T: EncodeField> List for Vec<T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn item(&self, index: usize) -> Option<&dyn EncodeField> {
        self.get(index).map(|item| item as &dyn EncodeField)
    }
}

impl<T: WireType> ListMut for Vec<T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn grow(&mut self) -> &mut dyn DecodeField {
        let index = self.len();
        self.push(T::empty());
        &mut self[index]
    }
}

impl<T: EncodeField> EncodeField for BTreeMap<String, T> {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Map(self)
    }
}

impl<T: WireType> DecodeField for BTreeMap<String, T> {
    fn open(&mut self, opening: Container) -> Option<Slot<'_>> {
        (opening == Container::Object).then_some(Slot::Map(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }
}

impl<T: WireType> WireType for BTreeMap<String, T> {
    const EXPECTED: &'static str = "an object";
    const TAKES_SCALARS: bool = false;

    fn empty() -> Self {
        Self::new()
    }
}

impl<T: EncodeField> Map for BTreeMap<String, T> {
    fn len(&self) -> usize {
        self.len()
    }

    fn entries<'a>(&'a self) -> Box<dyn Iterator<Item = (&'a str, &'a dyn EncodeField)> + 'a> {
        Box::new(self.iter().map(|(name, value)| (name.as_str(), value as &dyn EncodeField)))
    }
}

impl<T: WireType> MapMut for BTreeMap<String, T> {
    fn clear(&mut self) {
        self.clear();
    }

    fn at(&mut self, name: &str) -> &mut dyn DecodeField {
        self.entry(name.to_owned()).or_insert_with(T::empty)
    }
}

impl EncodeField for Json {
    fn view(&self) -> FieldRef<'_> {
        FieldRef::Json(self)
    }
}

impl DecodeField for Json {
    fn put(&mut self, scalar: Scalar<'_>) -> Result<(), TypeMismatch> {
        *self = match scalar {
            Scalar::Null => Json::Null,
            Scalar::Bool(value) => value.into(),
            Scalar::Int(value) => value.into(),
            Scalar::Number(digits) => Json::Number(Number::of_text(digits)),
            Scalar::Str(value) => value.into(),
        };
        Ok(())
    }

    fn open(&mut self, _: Container) -> Option<Slot<'_>> {
        Some(Slot::DecodeFromJson(self))
    }

    fn expected(&self) -> &'static str {
        Self::EXPECTED
    }

    fn is_exact(&self) -> bool {
        Self::EXACT
    }
}

impl WireType for Json {
    const EXPECTED: &'static str = "any JSON";
    const EXACT: bool = true;

    fn empty() -> Self {
        Json::Null
    }
}

impl DecodeFromJson for Json {
    fn take(&mut self, json: Json, _: &Path<'_>) -> Result<(), String> {
        *self = json;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::Metadata;
    use crate::wire::decode::from_slice;
    use crate::{payout, v2};
    use serde_json::{Value as Json, json};

    fn annual_revenue(value: Json) -> Result<v2::core::account::AnnualRevenue, String> {
        let json =
            json!({ "amount": { "currency": "usd", "value": value }, "fiscal_year_end": "2025-12-31" });
        from_slice(json.to_string().as_bytes())
    }

    #[test]
    fn integer_decodes_from_a_string_of_digits() {
        for value in [json!(i64::MAX), json!(i64::MAX.to_string())] {
            let revenue = annual_revenue(value).expect("a 64-bit number");
            let amount = revenue.amount.as_ref().expect("an amount");
            assert_eq!(amount.value, i64::MAX);
            let written = serde_json::to_value(&revenue).expect("it can be written");
            assert_eq!(written["amount"]["value"], json!(i64::MAX));
        }
        assert_eq!(
            annual_revenue(json!("-5")).expect("a number").amount.map(|amount| amount.value),
            Some(-5)
        );
    }

    #[test]
    fn integer_out_of_range_is_an_error_with_its_path() {
        for value in [
            json!("9223372036854775808"),
            json!("12.5"),
            json!("1e3"),
            json!(""),
            json!(" 1"),
            json!(1.5),
            json!(true),
        ] {
            let error = annual_revenue(value.clone()).expect_err("no integer");
            assert!(error.starts_with("amount.value: "), "{value}: {error}");
        }
    }

    #[test]
    fn string_of_digits_stays_a_string() {
        let json = json!({ "metadata": { "order": "6735" } }).to_string();
        let metadata: std::collections::BTreeMap<String, Metadata> =
            from_slice(json.as_bytes()).expect("metadata");
        assert_eq!(
            serde_json::to_value(&metadata["metadata"]).expect("it can be written"),
            json!({ "order": "6735" })
        );
        let update: payout::Update = from_slice(br#"{ "payout": "7" }"#).expect("a request");
        assert_eq!(update.payout.as_str(), "7");
    }
}
