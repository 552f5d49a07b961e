//! Validation of parameters: types, lengths, values and names from the document, and rules that it omits.

use super::clear;
use super::form::Node;
use super::operation::{Operation, Parameters};
use super::suggestions::choices;
use super::{alternatives, resolve};
use crate::engine::{ApiError, CurrencyCode, Json};
use serde_json::{Map, json};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The maximum number of metadata keys of an object.
pub const METADATA_KEYS: usize = 50;
const METADATA_KEY: usize = 40;
const METADATA_VALUE: usize = 500;

/// The maximum number of decimal places of a decimal.
const DECIMAL_PLACES: usize = 12;

/// The maximum amount of a payment into or between balances, in minor units. Payouts and transfers may exceed it.
pub const GREATEST_AMOUNT: i64 = 99_999_999;

/// Operations whose amounts are limited only by the balance.
const UNLIMITED: [&str; 3] = ["PostPayouts", "PostTransfers", "PostTransfersIdReversals"];

/// Parameters that Stripe accepts although its document does not list them, by operation.
static EXTRA: LazyLock<[(&str, &str, Json); 3]> = LazyLock::new(|| {
    let names = || json!({ "type": "array", "items": { "type": "string" } });
    [
        ("PostAccounts", "requested_capabilities", names()),
        ("PostAccountsAccount", "requested_capabilities", names()),
        // The old name of `source`.
        ("PostCustomers", "card", json!({ "type": "string" })),
    ]
});
/// Members of objects that Stripe accepts although its document does not list them: the parent and the member, a
/// text.
const EXTRA_MEMBERS: [(&str, &str); 1] = [("individual", "nationality")];
/// Values that Stripe accepts although its document does not list them: the parameter, a listed value of it, and the
/// additional value.
const EXTRA_VALUES: [(&str, &str, &str); 1] = [("type", "payout_failure", "financing_paydown")];
/// Texts that may be empty: Stripe stores them empty, or treats the empty text as a value.
const EMPTY_TEXTS: [&str; 12] = [
    "business_profile[name]",
    "business_profile[product_description]",
    "business_profile[support_email]",
    "business_profile[support_phone]",
    "business_profile[support_url]",
    "business_profile[url]",
    "company[address][line2]",
    "individual[address][line2]",
    "individual[maiden_name]",
    "address[line2]",
    "full_name_aliases",
    "maiden_name",
];

/// Whether a parameter is a text that may be empty.
fn can_be_empty(param: &str) -> bool {
    let list = param
        .strip_suffix(']')
        .and_then(|rest| rest.rsplit_once('['))
        .filter(|(_, last)| last.parse::<u8>().is_ok());
    let param = list.map_or(param, |(list, _)| list);
    let param = if param.ends_with("[full_name_aliases]") { "full_name_aliases" } else { param };
    EMPTY_TEXTS.contains(&param)
}

/// Texts that the empty text clears, or leaves unset, although the document does not say so: the beginning of the names of
/// the operations, and the parameters.
const CLEARED: [(&str, &[&str]); 4] = [
    ("PostCustomers", &["description", "email", "name", "phone"]),
    ("PostCharges", &["description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"]),
    (
        "PostPaymentIntents",
        &["description", "receipt_email", "statement_descriptor", "statement_descriptor_suffix"],
    ),
    ("PostSetupIntents", &["description"]),
];

fn clears(operation: &str, param: &str) -> bool {
    CLEARED.iter().any(|(start, params)| operation.starts_with(start) && params.contains(&param))
}

/// The details of a customer in these operations. Empty texts in them are left out.
const DETAILS: [&str; 4] = ["address", "billing_details", "payment_method_data", "shipping"];

fn without_empty_texts(operation: &str, param: &str, node: &Node) -> Option<Node> {
    const BESIDE: &str = "PostPaymentMethods";
    let pays = operation.starts_with(BESIDE) || CLEARED.iter().any(|(start, _)| operation.starts_with(start));
    (pays && DETAILS.contains(&param)).then(|| node.without_empty_texts())
}

/// Amounts that may be negative and of any size: the totals of a settlement.
const SIGNED: [&str; 4] =
    ["net_total_amount", "interchange_fees_amount", "transaction_amount", "other_fees_amount"];

/// Validates the parameters of an operation, body and query together, and converts each to its type.
pub fn parameters(operation: &'static Operation, sent: &Node) -> Result<Json, ApiError> {
    let mut rest = sent.clone();
    let nulls = clear::take_nulls(operation, &mut rest);
    if nulls.is_empty() {
        return typed(operation, sent);
    }
    typed(operation, &rest).map(|params| clear::put_nulls(params, nulls))
}

fn typed(operation: &'static Operation, sent: &Node) -> Result<Json, ApiError> {
    let Node::Map(members) = sent else { return Ok(Json::Object(Map::new())) };
    let mut known: BTreeMap<&str, &'static Json> = operation.query.iter().copied().collect();
    let mut required: Vec<&str> = operation.required_query.clone();
    if let Parameters::Body(schema) = operation.body {
        let schema = resolve(schema);
        if let Some(Json::Object(properties)) = schema.get("properties") {
            known.extend(properties.iter().map(|(name, schema)| (name.as_str(), schema)));
        }
        required.extend(names(schema, "required"));
    }
    for (id, name, schema) in EXTRA.iter() {
        if *id == operation.id {
            known.insert(name, schema);
        }
    }
    let mut out = Map::new();
    for (name, node) in members {
        let schema = known.get(name.as_str()).ok_or_else(|| unknown(name))?;
        if matches!(node, Node::Text(text) if text.is_empty()) && clears(operation.id, name) {
            out.insert(name.clone(), "".into());
            continue;
        }
        let pruned = without_empty_texts(operation.id, name, node);
        out.insert(name.clone(), value(schema, pruned.as_ref().unwrap_or(node), name)?);
    }
    if let Some(lacking) = lacking(required, &out, str::to_owned) {
        return Err(lacking);
    }
    paging(&out)?;
    if operation.method == "POST" && !UNLIMITED.contains(&operation.id) {
        amounts(&out)?;
    }
    Ok(Json::Object(out))
}

fn paging(parameters: &Map<String, Json>) -> Result<(), ApiError> {
    if parameters.contains_key("starting_after") && parameters.contains_key("ending_before") {
        let message = "Both `starting_after` and `ending_before` were sent. Send only one of them.";
        return Err(ApiError::invalid(message).code("parameters_exclusive").param("ending_before"));
    }
    match parameters.get("limit").map(Json::as_i64) {
        Some(limit) if !limit.is_some_and(|limit| (1..=100).contains(&limit)) => {
            Err(ApiError::invalid("Invalid integer: limit must be from 1 to 100.")
                .code("parameter_invalid_integer")
                .param("limit"))
        }
        _ => Ok(()),
    }
}

/// Checks the amounts at the top level, which the request moves. Amounts that it only sets, such as a spending limit,
/// are in nested objects.
fn amounts(parameters: &Map<String, Json>) -> Result<(), ApiError> {
    let too_large = |value: &Json| value.as_i64().is_some_and(|amount| amount > GREATEST_AMOUNT);
    match parameters.iter().find(|(name, value)| is_amount(name) && too_large(value)) {
        Some((name, _)) => {
            let message = format!("Invalid integer: {name} must be at most {GREATEST_AMOUNT} minor units.");
            Err(ApiError::invalid(message).code("amount_too_large").param(name.as_str()))
        }
        None => Ok(()),
    }
}

fn names(schema: &'static Json, list: &str) -> Vec<&'static str> {
    schema.get(list).and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

fn value(schema: &'static Json, node: &Node, param: &str) -> Result<Json, ApiError> {
    let outer = schema;
    let schema = resolve(schema);
    if matches!(node, Node::Scalar(Json::Null)) {
        return if takes_null(outer) || takes_null(schema) { Ok(Json::Null) } else { Err(empty(param)) };
    }
    if let Some(options) = alternatives(schema) {
        return union(options, node, param);
    }
    match (kind(schema), node) {
        ("object", Node::Map(members)) => object(schema, members, param),
        // The form encoding of an empty map.
        ("object", Node::Text(text)) if text.is_empty() && is_map(schema) => Ok(Json::Object(<_>::default())),
        ("object", Node::Text(text)) if text.is_empty() => Err(empty(param)),
        ("object", _) => {
            Err(ApiError::invalid(format!("Invalid object: {param} must have members.")).param(param))
        }
        ("array", _) => array(schema, node, param),
        (kind, Node::Text(text)) => scalar(schema, kind, text, param),
        (kind, Node::Scalar(value)) if fits(kind, value) => {
            money(schema, value.as_i64(), param)?;
            Ok(value.clone())
        }
        (kind, _) => {
            Err(ApiError::invalid(format!("Invalid {kind}: {param} must be a single value.")).param(param))
        }
    }
}

/// Whether `null` is allowed: the document allows it, or the member can be cleared.
fn takes_null(schema: &'static Json) -> bool {
    schema.get("nullable").and_then(Json::as_bool) == Some(true)
        || names(schema, "enum").contains(&"")
        || alternatives(schema).is_some_and(|options| options.iter().map(resolve).any(takes_null))
}

/// Whether an object is a map whose keys are data.
fn is_map(schema: &'static Json) -> bool {
    schema.get("properties").is_none() && schema.get("additionalProperties").is_some()
}

fn kind(schema: &'static Json) -> &'static str {
    let named = schema.get("type").and_then(Json::as_str);
    named.unwrap_or(if schema.get("properties").is_some() { "object" } else { "string" })
}

fn fits(kind: &str, value: &Json) -> bool {
    match kind {
        "integer" => value.is_i64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        _ => false,
    }
}

/// Validates by the first matching alternative. If none matches, returns the error of the first one of the right
/// shape.
fn union(options: &'static [Json], node: &Node, param: &str) -> Result<Json, ApiError> {
    let mut wrong = None;
    let empties = matches!(node, Node::Text(text) if text.is_empty());
    if let Some(list) = options.iter().map(resolve).find(|option| empties && kind(option) == "array") {
        return array(list, node, param);
    }
    for option in options.iter().map(resolve) {
        let shaped = match node {
            Node::Map(_) | Node::List(_) => matches!(kind(option), "object" | "array"),
            Node::Text(text) if text.is_empty() => names(option, "enum").contains(&""),
            _ => !matches!(kind(option), "object" | "array") && !only_clears(option),
        };
        if shaped {
            match value(option, node, param) {
                Ok(value) => return Ok(value),
                Err(refusal) => wrong = wrong.or(Some(refusal)),
            }
        }
    }
    Err(wrong.unwrap_or_else(|| match node {
        Node::Text(text) if text.is_empty() => empty(param),
        _ => {
            let meant = options.iter().map(resolve).find(|option| !only_clears(option));
            meant.and_then(|option| value(option, node, param).err()).unwrap_or_else(|| empty(param))
        }
    }))
}

/// Whether an alternative only serves to clear the value: the empty text.
fn only_clears(option: &'static Json) -> bool {
    names(option, "enum") == [""]
}

/// The parameters of a card as an external account; the document describes bank accounts only.
const CARD_MEMBERS: [&str; 14] = [
    "address_city",
    "address_country",
    "address_line1",
    "address_line2",
    "address_state",
    "address_zip",
    "currency",
    "cvc",
    "default_for_currency",
    "exp_month",
    "exp_year",
    "name",
    "number",
    "object",
];

/// The card, if the external account is one.
fn card(members: &BTreeMap<String, Node>, param: &str) -> Option<Result<Json, ApiError>> {
    let is_card = members.get("object").is_some_and(|object| *object == Node::Text("card".to_owned()));
    (param == "external_account" && is_card).then(|| {
        let stray = members.keys().find(|name| !CARD_MEMBERS.contains(&name.as_str()));
        match stray {
            Some(name) => Err(unknown(&format!("{param}[{name}]"))),
            None => Ok(members.iter().map(|(name, node)| (name.clone(), node.canonical())).collect()),
        }
    })
}

fn object(schema: &'static Json, members: &BTreeMap<String, Node>, param: &str) -> Result<Json, ApiError> {
    if let Some(card) = card(members, param) {
        return card;
    }
    let properties = schema.get("properties").and_then(Json::as_object);
    let values = schema.get("additionalProperties").filter(|values| values.is_object());
    let mut out = Map::new();
    for (name, node) in members {
        let inner = format!("{param}[{name}]");
        if param.trim_end_matches(']').ends_with("_by_currency") {
            currency(name, &inner)?;
        }
        let property = properties.and_then(|properties| properties.get(name)).or(values);
        let extra = EXTRA_MEMBERS.contains(&(param, name.as_str()));
        let property = match (property, properties) {
            (None, _) if extra => scalar(&Json::Null, "string", &text_of(node), &inner)?,
            (Some(property), _) => value(property, node, &inner)?,
            (None, None) => node.untyped(),
            (None, Some(_)) => return Err(unknown(&inner)),
        };
        out.insert(name.clone(), property);
    }
    if param.rsplit('[').next().is_some_and(|last| last.trim_end_matches(']') == "metadata") {
        let out = Json::Object(out);
        return metadata(&out, param).map(|()| out);
    }
    match lacking(names(schema, "required"), &out, |name| format!("{param}[{name}]")) {
        Some(lacking) => Err(lacking),
        None => Ok(Json::Object(out)),
    }
}

/// The error for the first required parameter that is missing or is an empty list.
fn lacking(
    required: Vec<&str>,
    sent: &Map<String, Json>,
    param: impl Fn(&str) -> String,
) -> Option<ApiError> {
    required.into_iter().find_map(|name| match sent.get(name) {
        None => Some(missing(&param(name))),
        Some(Json::Array(elements)) if elements.is_empty() => Some(empty(&param(name))),
        Some(_) => None,
    })
}

/// The text of a parameter; empty if it is not a text.
fn text_of(node: &Node) -> String {
    match node {
        Node::Text(text) => text.clone(),
        other => other.canonical().to_string(),
    }
}

/// Checks the number of metadata keys and the lengths of keys and values.
pub fn metadata(metadata: &Json, param: &str) -> Result<(), ApiError> {
    let Some(members) = metadata.as_object() else { return Ok(()) };
    if members.len() > METADATA_KEYS {
        return Err(
            ApiError::invalid(format!("Metadata can have at most {METADATA_KEYS} keys.")).param(param)
        );
    }
    for (key, value) in members {
        let place = format!("{param}[{key}]");
        if key.chars().count() > METADATA_KEY {
            return Err(ApiError::invalid(format!(
                "A metadata key can have at most {METADATA_KEY} characters."
            ))
            .param(place));
        }
        if value.as_str().is_some_and(|value| value.chars().count() > METADATA_VALUE) {
            return Err(ApiError::invalid(format!(
                "A metadata value can have at most {METADATA_VALUE} characters."
            ))
            .param(place));
        }
    }
    Ok(())
}

fn array(schema: &'static Json, node: &Node, param: &str) -> Result<Json, ApiError> {
    static ANY: Json = Json::Null;
    let wrong = || ApiError::invalid(format!("{param} must be an array.")).param(param);
    let items = schema.get("items").unwrap_or(&ANY);
    let elements: Vec<&Node> = match node {
        Node::List(elements) => elements.iter().collect(),
        Node::Map(members) => {
            let mut indexed = Vec::with_capacity(members.len());
            for (index, element) in members {
                indexed.push((index.parse::<u32>().map_err(|_| wrong())?, element));
            }
            indexed.sort_by_key(|(index, _)| *index);
            indexed.into_iter().map(|(_, element)| element).collect()
        }
        // `k=` is an empty list.
        Node::Text(text) if text.is_empty() => Vec::new(),
        // The link in an event selects one part of an account like this.
        Node::Text(_) if param == "include" => vec![node],
        _ => return Err(wrong()),
    };
    let each = elements.iter().enumerate();
    each.map(|(index, element)| value(items, element, &format!("{param}[{index}]"))).collect()
}

fn scalar(schema: &'static Json, kind: &str, text: &str, param: &str) -> Result<Json, ApiError> {
    let permitted = names(schema, "enum");
    let last = param.rsplit('[').next().unwrap_or(param).trim_end_matches(']');
    // An empty metadata value removes its key.
    if text.is_empty() {
        // Where it is allowed, the empty text unsets the parameter.
        if permitted.contains(&"") {
            return Ok(text.into());
        }
        if kind == "string" && permitted.is_empty() && can_be_empty(param) {
            return Ok(text.into());
        }
        if !param.contains("metadata[") {
            return Err(empty(param));
        }
    }
    match kind {
        "integer" => {
            let wrong = || {
                ApiError::invalid(format!("Invalid integer: {text}"))
                    .code("parameter_invalid_integer")
                    .param(param)
            };
            let number = text.parse::<i64>().ok().filter(|_| !text.starts_with('+')).ok_or_else(wrong)?;
            money(schema, Some(number), param)?;
            return Ok(number.into());
        }
        "number" => {
            let number = text.parse::<f64>().ok().filter(|number| is_decimal(text) && number.is_finite());
            return number
                .map(Json::from)
                .ok_or_else(|| ApiError::invalid(format!("Invalid decimal: {text}")).param(param));
        }
        "boolean" => match text {
            "true" => return Ok(true.into()),
            "false" => return Ok(false.into()),
            _ => return Err(ApiError::invalid(format!("Invalid boolean: {text}")).param(param)),
        },
        _ => {}
    }
    let extra = EXTRA_VALUES
        .iter()
        .any(|(name, beside, value)| *name == last && *value == text && permitted.contains(beside));
    if !permitted.is_empty() && !permitted.contains(&text) && !extra {
        let list: Vec<_> = permitted.into_iter().filter(|value| !value.is_empty()).collect();
        return Err(ApiError::invalid(format!("Invalid {param}: must be one of {}", choices(&list, text)))
            .param(param));
    }
    let longest =
        schema.get("maxLength").and_then(Json::as_u64).and_then(|length| usize::try_from(length).ok());
    if let Some(longest) = longest.filter(|longest| text.chars().count() > *longest) {
        return Err(ApiError::invalid(format!(
            "Invalid string: {param} can have at most {longest} characters."
        ))
        .param(param));
    }
    let format = schema.get("format").and_then(Json::as_str).unwrap_or_default();
    let names_currency = last.ends_with("_currency") && !last.ends_with("_by_currency");
    if format == "currency" || last == "currency" || names_currency {
        return currency(text, param).map(|currency| currency.as_str().into());
    }
    if format == "decimal" {
        if !is_decimal(text) {
            return Err(ApiError::invalid(format!("Invalid decimal: {text}")).param(param));
        }
        if text.split_once('.').is_some_and(|(_, places)| places.len() > DECIMAL_PLACES) {
            let message = format!("Invalid decimal: {text} has more than {DECIMAL_PLACES} decimal places.");
            return Err(ApiError::invalid(message).param(param));
        }
    }
    Ok(text.into())
}

/// Digits with an optional minus and decimal point; number parsers of programming languages accept more.
fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    !whole.is_empty()
        && !part.is_empty()
        && whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit())
}

fn currency(text: &str, param: &str) -> Result<CurrencyCode, ApiError> {
    CurrencyCode::parse(text)
        .ok_or_else(|| ApiError::invalid(format!("Invalid currency: {text}")).param(param))
}

fn is_amount(name: &str) -> bool {
    (name == "amount" || name.ends_with("_amount")) && !SIGNED.contains(&name)
}

/// Checks the minimum of the document; amounts of money must not be negative.
fn money(schema: &'static Json, number: Option<i64>, param: &str) -> Result<(), ApiError> {
    let Some(number) = number else { return Ok(()) };
    let mut steps = param.rsplit('[').map(|step| step.trim_end_matches(']'));
    let is_amount = steps.next().is_some_and(is_amount)
        || steps.next().is_some_and(|group| group.ends_with("_by_currency"));
    let least = schema.get("minimum").and_then(Json::as_i64).or(is_amount.then_some(0));
    match least {
        Some(least) if number < least => {
            let message = format!("Invalid integer: {param} must be {least} or more.");
            Err(ApiError::invalid(message).code("parameter_invalid_integer").param(param))
        }
        _ => Ok(()),
    }
}

fn unknown(param: &str) -> ApiError {
    ApiError::invalid(format!("Received unknown parameter: {param}")).code("parameter_unknown").param(param)
}

fn missing(param: &str) -> ApiError {
    ApiError::invalid(format!("Missing required param: {param}.")).code("parameter_missing").param(param)
}

fn empty(param: &str) -> ApiError {
    ApiError::invalid(format!("{param} cannot be empty: it cannot be unset."))
        .code("parameter_invalid_empty")
        .param(param)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Peek;
    use crate::spec::{form, operation};

    fn check(id: &str, text: &str) -> Result<Json, ApiError> {
        parameters(operation(id).unwrap(), &form(text.as_bytes()).unwrap())
    }

    #[test]
    fn parameters_are_typed_in_any_order() {
        let params = check("PostTopups", "currency=USD&metadata[a]=1&amount=500&expand[]=source").unwrap();
        assert_eq!(
            params,
            serde_json::json!({ "amount": 500, "currency": "usd", "metadata": { "a": "1" }, "expand": ["source"] })
        );
        let params = check("GetTopups", "created[gte]=5&limit=3").unwrap();
        assert_eq!((params.int("created.gte"), params.int("limit")), (5, 3));
        assert_eq!(check("PostTopups", "amount=1&currency=usd&metadata=").unwrap()["metadata"], "");
        let minimum = "payments[payouts][minimum_balance_by_currency]";
        let params = check("PostBalanceSettings", &format!("{minimum}=")).unwrap();
        assert_eq!(params.text("payments.payouts.minimum_balance_by_currency"), "");
        assert!(params.at("payments.payouts.minimum_balance_by_currency").is_some());
        assert!(check("PostBalanceSettings", &format!("{minimum}=usd")).is_err());
    }

    #[test]
    fn invalid_parameters_are_rejected_with_their_bracketed_name() {
        let long = format!("amount=1&currency=usd&statement_descriptor={}", "x".repeat(16));
        let key = format!("amount=1&currency=usd&metadata[{}]=1", "k".repeat(41));
        let text = format!("amount=1&currency=usd&metadata[k]={}", "v".repeat(501));
        let many: String = (0..51).map(|n| format!("&metadata[k{n}]=1")).collect();
        let many = format!("amount=1&currency=usd{many}");
        let key_param = format!("metadata[{}]", "k".repeat(41));
        let cases = [
            ("PostTopups", "currency=usd", "amount", Some("parameter_missing")),
            ("PostTopups", "amount=-5&currency=usd", "amount", Some("parameter_invalid_integer")),
            ("PostTopups", "amount=5.5&currency=usd", "amount", Some("parameter_invalid_integer")),
            ("PostTopups", "amount=5&currency=xyz", "currency", None),
            ("PostTopups", "amount=5&currency=usd&colour=red", "colour", Some("parameter_unknown")),
            ("PostTopups", "amount=5&currency=usd&destination_balance=pocket", "destination_balance", None),
            (
                "PostTopups",
                "amount=5&currency=usd&description=",
                "description",
                Some("parameter_invalid_empty"),
            ),
            ("PostTopups", "amount[x]=5&currency=usd", "amount", None),
            ("PostTopups", "amount=%2B5&currency=usd", "amount", Some("parameter_invalid_integer")),
            ("PostTopups", "amount=100000000&currency=usd", "amount", Some("amount_too_large")),
            (
                "PostBalanceSettings",
                "payments[payouts][minimum_balance_by_currency][usd]=-5",
                "payments[payouts][minimum_balance_by_currency][usd]",
                Some("parameter_invalid_integer"),
            ),
            ("PostTopups", &long, "statement_descriptor", None),
            ("PostTopups", &key, &key_param, None),
            ("PostTopups", &text, "metadata[k]", None),
            ("PostTopups", &many, "metadata", None),
            ("GetTopups", "limit=1000", "limit", Some("parameter_invalid_integer")),
            ("GetTopups", "limit=0", "limit", Some("parameter_invalid_integer")),
            ("GetTopups", "starting_after=a&ending_before=b", "ending_before", Some("parameters_exclusive")),
            ("GetTopups", "created[after]=5", "created[after]", Some("parameter_unknown")),
            (
                "PostIssuingCardholders",
                "name=x&billing[address][planet]=mars",
                "billing[address][planet]",
                Some("parameter_unknown"),
            ),
            (
                "PostIssuingCardholders",
                "name=x&billing[address][line1]=a&billing[address][city]=b&billing[address][country]=US",
                "billing[address][postal_code]",
                Some("parameter_missing"),
            ),
            (
                "PostIssuingCards",
                "type=virtual&currency=usd&spending_controls[spending_limits][0][amount]=-1&spending_controls[spending_limits][0][interval]=daily",
                "spending_controls[spending_limits][0][amount]",
                Some("parameter_invalid_integer"),
            ),
        ];
        for (id, text, param, code) in cases {
            let refusal = check(id, text).expect_err(text);
            assert_eq!(
                (refusal.status, refusal.param.as_deref(), refusal.code),
                (400, Some(param), code),
                "{text}: {refusal}"
            );
        }
    }

    /// Clients send an empty text for an empty list or map.
    #[test]
    fn empty_text_is_an_empty_list_or_map() {
        let params =
            check("PostIssuingCardholdersCardholder", "spending_controls[spending_limits]=").unwrap();
        assert_eq!(params, serde_json::json!({ "spending_controls": { "spending_limits": [] } }));
        let params = check("PostIssuingCardholders", "name=x&billing[address][line1]=a&billing[address][city]=b&billing[address][country]=US&billing[address][postal_code]=1&metadata=").unwrap();
        assert!(params["metadata"].as_object().is_none_or(serde_json::Map::is_empty));
        assert!(check("PostIssuingCardholdersCardholder", "spending_controls=").is_err());
    }

    #[test]
    fn undocumented_parameters_of_stripe_are_accepted() {
        for (id, name, schema) in EXTRA.iter() {
            let sent = if kind(schema) == "array" { "[0]=transfers" } else { "=tok_visa" };
            assert!(check(id, &format!("{name}{sent}")).is_ok(), "{id}");
        }
        let params = check("PostAccounts", "type=custom&individual[nationality]=SG").unwrap();
        assert_eq!(params.text("individual.nationality"), "SG");
        assert!(check("GetBalanceTransactions", "type=financing_paydown").is_ok());
        assert!(check("GetBalanceTransactions", "type=paydown").is_err());
        let params = check("PostAccounts", "business_profile[product_description]=").unwrap();
        assert!(params.at("business_profile.product_description").is_some_and(|text| text == ""));
        for text in EMPTY_TEXTS {
            assert!(can_be_empty(text), "{text}");
        }
        assert!(can_be_empty("individual[full_name_aliases][0]") && !can_be_empty("individual[first_name]"));
        assert!(check("PostAccountsAccountPersonsPerson", "full_name_aliases[0]=").is_ok());
        assert!(check("PostPayouts", "amount=100000000&currency=usd").is_ok());
    }

    #[test]
    fn empty_texts_of_customers_are_no_values() {
        for (id, text, expected) in [
            ("PostCustomers", "description=", serde_json::json!({ "description": "" })),
            (
                "PostCustomers",
                "shipping[name]=A&shipping[address][line2]=",
                serde_json::json!({ "shipping": { "name": "A", "address": {} } }),
            ),
            (
                "PostPaymentIntents",
                "amount=1&currency=usd&receipt_email=",
                serde_json::json!({ "amount": 1, "currency": "usd", "receipt_email": "" }),
            ),
        ] {
            assert_eq!(check(id, text).unwrap(), expected, "{text}");
        }
        for (id, text) in [
            ("PostCustomers", "payment_method="),
            ("PostPaymentIntents", "amount=1&currency="),
            ("PostIssuingCards", "type=virtual&currency=usd&shipping[name]="),
            ("PostTopups", "amount=1&currency=usd&description="),
        ] {
            assert_eq!(check(id, text).unwrap_err().code, Some("parameter_invalid_empty"), "{text}");
        }
    }

    #[test]
    fn lists_in_parameters_without_a_type_are_lists() {
        for list in ["[0]=a&{}[1]=b", "[]=a&{}[]=b"] {
            let name = "payment_method_options[card][mandate_options][supported_types]";
            let text = format!("amount=1&currency=usd&{name}{}", list.replace("{}", name));
            let params = check("PostPaymentIntents", &text).unwrap();
            assert_eq!(
                params.items("payment_method_options.card.mandate_options.supported_types"),
                ["a", "b"]
            );
        }
    }

    #[test]
    fn invalid_list_element_is_reported_with_its_full_name() {
        let sent = "url=https://example.com&enabled_events[]=topup.suceeded";
        let refusal = check("PostWebhookEndpoints", sent).unwrap_err();
        assert!(refusal.message.starts_with("Invalid enabled_events[0]: must be one of"), "{refusal}");
    }

    /// Every list parameter of the document, by operation: its name in brackets, and whether it is required.
    fn lists() -> Vec<(&'static Operation, String, bool)> {
        fn walk(schema: &'static Json, param: &str, required: bool, found: &mut Vec<(String, bool)>) {
            let schema = resolve(schema);
            if let Some(options) = alternatives(schema) {
                return options.iter().for_each(|option| walk(option, param, false, found));
            }
            if kind(schema) == "array" {
                return found.push((param.to_owned(), required));
            }
            let needed = names(schema, "required");
            for (name, property) in schema.get("properties").and_then(Json::as_object).into_iter().flatten() {
                let inner = if param.is_empty() { name.clone() } else { format!("{param}[{name}]") };
                walk(property, &inner, needed.contains(&name.as_str()), found);
            }
        }
        let mut all = Vec::new();
        for operation in crate::spec::operations().filter(|operation| !operation.is_v2()) {
            let mut found = Vec::new();
            if let Parameters::Body(body) = operation.body {
                walk(body, "", false, &mut found);
            }
            all.extend(found.into_iter().map(|(param, required)| (operation, param, required)));
        }
        all
    }

    #[test]
    fn every_optional_list_can_be_emptied() {
        let (mut emptied, mut refused) = (0, 0);
        for (operation, param, required) in lists() {
            let sent = form(format!("{param}=").as_bytes()).unwrap();
            let mut node = &sent;
            let mut schema = match operation.body {
                Parameters::Body(body) => body,
                Parameters::None => unreachable!(),
            };
            // Builds the groups down to the list; other parameters are irrelevant here.
            let steps: Vec<&str> = param.split(['[', ']']).filter(|step| !step.is_empty()).collect();
            for step in &steps {
                let Node::Map(members) = node else { panic!("{param}") };
                node = &members[*step];
                schema = member(schema, step);
            }
            assert_eq!(value(schema, node, &param), Ok(Json::Array(Vec::new())), "{}: {param}", operation.id);
            let mut holder = Map::new();
            let last = *steps.last().unwrap();
            holder.insert(last.to_owned(), Json::Array(Vec::new()));
            let needed = if required { vec![last] } else { Vec::new() };
            match lacking(needed, &holder, |_| param.clone()) {
                Some(refusal) => {
                    refused += 1;
                    assert_eq!(refusal.code, Some("parameter_invalid_empty"), "{param}");
                }
                None => emptied += 1,
            }
        }
        assert!(emptied > 120 && refused >= 3, "{emptied} {refused}");
    }

    /// A member of an object, through unions.
    fn member(schema: &'static Json, name: &str) -> &'static Json {
        let schema = resolve(schema);
        match alternatives(schema) {
            Some(options) => {
                let has = |option: &&'static Json| option.pointer(&format!("/properties/{name}")).is_some();
                member(options.iter().map(resolve).find(has).unwrap(), name)
            }
            None => schema.pointer(&format!("/properties/{name}")).unwrap(),
        }
    }

    #[test]
    fn decimals_consist_of_digits() {
        for text in ["0", "1.5", "-0.25", "100"] {
            assert!(is_decimal(text), "{text}");
        }
        for text in ["", "NaN", "inf", "+5", "1e5", "5.", ".5", "1.2.3", "--1", " 1"] {
            assert!(!is_decimal(text), "{text}");
        }
        let path = "risk_assessment[fraud_risk][score]";
        let form = format!("card=ic_1&amount=5&{path}=NaN&risk_assessment[fraud_risk][level]=normal");
        let refusal = check("PostTestHelpersIssuingAuthorizations", &form).unwrap_err();
        assert_eq!(refusal.param.as_deref(), Some(path), "{refusal}");
    }

    #[test]
    fn scalar_in_place_of_an_object_is_rejected() {
        let refusal = check("PostTopups", "amount=5&currency=usd&metadata=abc").unwrap_err();
        assert_eq!((refusal.status, refusal.param.as_deref()), (400, Some("metadata")));
        assert!(refusal.message.contains("must have members"), "{refusal}");
    }
}
