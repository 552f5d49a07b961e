//! A failed request changes nothing, and equal seeds give equal runs.

use crate::engine::Ids;
use crate::router::Request;
use crate::tests::programme::Programme;
use crate::tests::state::state;
use crate::tests::support::{get, post, size};
use http::Method;
use std::collections::BTreeSet;

#[test]
fn equal_seeds_give_byte_identical_runs() {
    let run = |seed| {
        let programme = Programme::whole(seed);
        let events: String = programme.sandbox.events().iter().map(ToString::to_string).collect();
        let journal = format!("{:?}", programme.sandbox.state().journal);
        (events, journal, state(&programme.sandbox))
    };
    let (first, second) = (run(7), run(7));
    assert!(first.0 == second.0, "the events differ");
    assert!(first.1 == second.1, "the journals differ");
    assert!(first.2 == second.2, "the objects differ");
    assert_ne!(run(8).0, first.0);
}

#[test]
fn events_of_all_accounts_are_in_order() {
    let programme = Programme::new(1);
    let accounts: Vec<String> = (0..8).map(|_| programme.sandbox.connect().into_id()).collect();
    for round in 0..3 {
        for account in &accounts {
            let form = format!("amount={}&currency=usd&source=btok_us_verified", round + 1);
            assert_eq!(post(&programme.sandbox, account, "/v1/topups", &form).status, 200);
        }
    }
    let order: Vec<String> = programme
        .sandbox
        .events()
        .iter()
        .filter(|event| event["type"] == "topup.created")
        .map(|event| event["account"].as_str().unwrap_or_default().to_owned())
        .collect();
    assert_eq!(order, [accounts.clone(), accounts.clone(), accounts].concat());
}

/// A copy of a successful request with an error in it.
fn spoiled(dice: &mut Ids, sent: &Request, ids: &[String]) -> Request {
    let mut request = sent.clone();
    let text = String::from_utf8_lossy(&request.body).into_owned();
    let mut pairs: Vec<String> = text.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect();
    let place = |dice: &mut Ids, length: usize| usize::try_from(dice.below(length as u64)).unwrap_or(0);
    let random_id = |dice: &mut Ids| ids[place(dice, ids.len())].clone();
    match dice.below(5) {
        0 if !pairs.is_empty() => drop(pairs.remove(place(dice, pairs.len()))),
        1 if !pairs.is_empty() => {
            let at = place(dice, pairs.len());
            let name = pairs[at].split('=').next().unwrap_or_default().to_owned();
            let values = ["", "-1", "0", "999999999999", "x", "now", "99999999", "1"];
            let value = if dice.below(3) == 0 { random_id(dice) } else { values[place(dice, 8)].to_owned() };
            pairs[at] = format!("{name}={value}");
        }
        2 => pairs.push(
            ["colour=red", "amount=99999999", "metadata[a]=", "currency=jpy"][place(dice, 4)].to_owned(),
        ),
        3 => {
            let mut segments: Vec<String> = request.path.split('/').map(str::to_owned).collect();
            if let Some(at) = segments.iter().rposition(|segment| segment.contains('_') && segment.len() > 15)
            {
                segments[at] = random_id(dice);
            }
            request.path = segments.join("/");
        }
        // Unchanged: most requests cannot be made twice.
        _ => {}
    }
    request.body = pairs.join("&").into();
    request
}

#[test]
fn failed_request_changes_nothing() {
    let programme = Programme::whole(3);
    let sandbox = &programme.sandbox;
    let mut dice = Ids::new(9);
    let ids: Vec<String> = {
        let state = sandbox.state();
        let scopes: Vec<_> = state.scopes().cloned().collect();
        let stores = scopes.iter().filter_map(|scope| state.store(scope));
        stores
            .flat_map(|store| store.all().map(|object| object["id"].as_str().unwrap_or_default().to_owned()))
            .collect()
    };
    let forms: Vec<&Request> = programme
        .sent
        .iter()
        .filter(|sent| sent.request.method == Method::POST && sent.operation != "PostFiles")
        .filter(|sent| !sent.request.path.starts_with("/v2/"))
        .map(|sent| &sent.request)
        .collect();
    let (mut refused, mut operations) = (0_u64, BTreeSet::new());
    let mut before = state(sandbox);
    let spoils = size("spoiled requests", 200, 500);
    for _ in 0..spoils {
        let which = usize::try_from(dice.below(forms.len() as u64)).unwrap();
        let request = spoiled(&mut dice, forms[which], &ids);
        let reply = sandbox.handle(&request);
        assert!(
            reply.status < 500 || reply.status == 501,
            "{} {:?}: {}",
            request.path,
            request.body,
            reply.json()
        );
        let after = state(sandbox);
        // Wrong amounts of microdeposits are counted, and a decline leaves its charge behind.
        let guessed = reply.json()["error"]["code"] == "bank_account_verification_failed";
        let declined = reply.status == 402;
        if reply.status >= 400 && !guessed && !declined {
            let differs = before.lines().zip(after.lines()).find(|(before, after)| before != after);
            assert!(before == after, "{} {:?} ({}): {differs:#?}", request.path, request.body, reply.json());
            refused += 1;
            operations
                .insert(request.path.split('/').filter(|part| part.len() < 15).collect::<Vec<_>>().join("/"));
        }
        before = after;
    }
    assert!(refused > spoils / 2 && operations.len() > 25, "{refused} {}", operations.len());
    sandbox.audit().unwrap();
}

#[test]
fn partial_changes_are_rolled_back() {
    let programme = Programme::new(4);
    let (sandbox, account) = (&programme.sandbox, programme.account.clone());
    let token =
        post(sandbox, "", "/v1/tokens", "person[first_name]=Ann").json()["id"].as_str().unwrap().to_owned();
    let persons = format!("/v1/accounts/{account}/persons");
    let wrong =
        post(sandbox, "", &persons, &format!("person_token={token}&dob[day]=41&dob[month]=1&dob[year]=1990"));
    assert_eq!(wrong.status, 400);
    assert_eq!(
        get(sandbox, "", &format!("/v1/tokens/{token}")).json()["used"],
        false,
        "the token is not consumed"
    );
    assert_eq!(post(sandbox, "", &persons, &format!("person_token={token}")).status, 200);
    // A wrong guess counts although the request fails.
    let bank = "bank_account[country]=US&bank_account[routing_number]=110000000&bank_account[account_number]=000123456789";
    let token = post(sandbox, &account, "/v1/tokens", bank).json()["id"].as_str().unwrap().to_owned();
    let source =
        post(sandbox, &account, "/v1/sources", &format!("type=ach_debit&currency=usd&token={token}")).json();
    let path = format!("/v1/sources/{}", source["id"].as_str().unwrap());
    assert_eq!(post(sandbox, &account, &format!("{path}/verify"), "values[]=1&values[]=2").status, 400);
    assert_eq!(get(sandbox, &account, &path).json()["code_verification"]["attempts_remaining"], 2);
}
