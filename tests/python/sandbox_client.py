"""Drives the sandbox with Stripe's own Python client, as a platform would: onboarding, funding, issuing, an authorization
that the platform's endpoint decides, and payouts.

Called by .ci/official-clients with the binary's output and its port.
"""

import json
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

DAY = 86_400


def section(text, title):
    """The lines below a title, up to the next blank line."""
    lines = text.splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(title))
    rest = lines[start + 1 :]
    end = rest.index("") if "" in rest else len(rest)
    return "\n".join(line.strip() for line in rest[:end])


def equal(found, expected, what):
    if found != expected:
        raise AssertionError(f"{what}: {found!r} instead of {expected!r}")


class Controls:
    """The sandbox's control API."""

    def __init__(self, url):
        self.url = url

    def __call__(self, path, **parameters):
        data = urllib.parse.urlencode(parameters).encode()
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}", data=data) as reply:
            return json.load(reply)


class Endpoint(BaseHTTPRequestHandler):
    """The platform's webhook endpoint: verifies signatures, and approves small purchases."""

    secret = None
    seen = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        try:
            event = stripe.Webhook.construct_event(body, self.headers["stripe-signature"], self.secret)
        except Exception as problem:  # Reported through `seen`.
            self.seen.append(repr(problem))
            self.send_response(400)
            self.end_headers()
            return
        self.seen.append(event.type)
        answer = b""
        if event.type == "issuing_authorization.request":
            amount = event.data.object["pending_request"]["amount"]
            answer = json.dumps({"approved": amount <= 1000}).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("stripe-version", stripe.api_version)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


def printed_snippets(text):
    """Runs the commands that the binary prints: the curl line, and the Python line, whose client is used from here on."""
    curl = section(text, "curl")
    shown = subprocess.run(curl.split() + ["--silent", "--fail"], capture_output=True, check=True, text=True)
    equal(json.loads(shown.stdout)["object"], "balance", "the reply of the curl line")
    names = {"stripe": stripe}
    exec(section(text, "Python (stripe)"), names)
    return names["client"]


def onboard(client, control):
    account = client.v1.accounts.create(
        {
            "country": "US",
            "controller": {
                "stripe_dashboard": {"type": "none"},
                "fees": {"payer": "application"},
                "losses": {"payments": "application"},
                "requirement_collection": "application",
            },
            "capabilities": {"transfers": {"requested": True}, "card_issuing": {"requested": True}},
            "metadata": {"tenant": "t_42"},
        }
    )
    equal(account.capabilities["card_issuing"], "inactive", "card_issuing of a new account")
    assert "business_type" in account.requirements.currently_due, account.requirements
    link = client.v1.account_links.create(
        {
            "account": account.id,
            "type": "account_onboarding",
            "return_url": "https://example.com/return",
            "refresh_url": "https://example.com/refresh",
        }
    )
    with urllib.request.urlopen(link.url) as page:
        equal(page.status, 200, "the hosted page")
        assert "html" in page.headers["content-type"], page.headers
    client.v1.accounts.update(
        account.id,
        {
            "business_type": "individual",
            "individual": {
                "first_name": "Jenny",
                "last_name": "Rosen",
                "email": "jenny@example.com",
                "phone": "0000000000",
                "dob": {"day": 1, "month": 1, "year": 1901},
                "ssn_last_4": "0000",
                "address": {
                    "line1": "address_full_match",
                    "city": "Oakland",
                    "state": "CA",
                    "postal_code": "94607",
                },
            },
            "business_profile": {"mcc": "5734", "url": "https://accessible.stripe.com"},
            "tos_acceptance": {"date": 1767603600, "ip": "127.0.0.1"},
            "settings": {
                "card_issuing": {"tos_acceptance": {"date": 1767603600, "ip": "127.0.0.1"}},
                "payouts": {"schedule": {"interval": "manual"}},
            },
            "external_account": {
                "object": "bank_account",
                "country": "US",
                "currency": "usd",
                "routing_number": "110000000",
                "account_number": "000123456789",
            },
        },
    )
    control("advance", seconds=120)
    account = client.v1.accounts.retrieve(account.id)
    equal(account.requirements.currently_due, [], "the due requirements of the account")
    equal(account.capabilities["card_issuing"], "active", "card_issuing of the account")
    equal(account.payouts_enabled, True, "payouts_enabled")
    equal(account.metadata["tenant"], "t_42", "metadata of the account")
    return account.id


def fund(client, control, account):
    options = {"stripe_account": account}
    control("faults", effect="reset", phase="after", operation="PostTopups")
    topup = client.v1.topups.create(
        {"amount": 50_000, "currency": "usd", "source": "btok_us_verified", "destination_balance": "issuing"},
        {**options, "idempotency_key": "fund/t_42", "max_network_retries": 3},
    )
    equal(topup.status, "pending", "the top-up")
    equal(len(client.v1.topups.list({}, options).data), 1, "top-ups after a connection was reset")
    platform = client.v1.topups.create({"amount": 30_000, "currency": "usd", "source": "btok_us_verified"})
    control("advance", days=6)
    equal(client.v1.topups.retrieve(platform.id).status, "succeeded", "the platform's top-up")
    balance = client.v1.balance.retrieve({}, options)
    equal(balance.issuing.available[0].amount, 50_000, "the Issuing balance")
    transfer = client.v1.transfers.create({"amount": 20_000, "currency": "usd", "destination": account})
    reversal = client.v1.transfers.reversals.create(transfer.id, {"amount": 5_000})
    equal(reversal.transfer, transfer.id, "the transfer that was reversed")
    balance = client.v1.balance.retrieve({}, options)
    equal(balance.available[0].amount, 15_000, "the payments balance")


def issue(client, account):
    options = {"stripe_account": account}
    holder = client.v1.issuing.cardholders.create(
        {
            "name": "Jenny Rosen",
            "email": "jenny@example.com",
            "type": "individual",
            "individual": {
                "first_name": "Jenny",
                "last_name": "Rosen",
                "card_issuing": {"user_terms_acceptance": {"date": 1767603600, "ip": "127.0.0.1"}},
            },
            "billing": {
                "address": {
                    "line1": "1 Street",
                    "city": "Oakland",
                    "state": "CA",
                    "postal_code": "94607",
                    "country": "US",
                }
            },
        },
        options,
    )
    card = client.v1.issuing.cards.create(
        {"cardholder": holder.id, "currency": "usd", "type": "virtual", "status": "active"}, options
    )
    equal(card.status, "active", "the card")
    shown = client.v1.issuing.cards.retrieve(card.id, {"expand": ["number", "cvc"]}, options)
    equal((len(shown.number), len(shown.cvc)), (16, 3), "lengths of number and CVC")
    return card.id


def newest(client, control, account):
    """Features of the newest API versions."""
    options = {"stripe_account": account}
    holder = client.v1.issuing.cardholders.list({}, options).data[0]
    card = client.v1.issuing.cards.create(
        {
            "cardholder": holder.id,
            "currency": "usd",
            "type": "virtual",
            "status": "active",
            "lifecycle_controls": {"cancel_after": {"payment_count": 1}},
            "spending_controls": {"allowed_card_presences": ["not_present"]},
        },
        options,
    )
    helpers = client.v1.test_helpers.issuing.authorizations
    risk = {"card_testing_risk": {"level": "low"}, "merchant_dispute_risk": {"level": "normal"}}
    bought = {"card": card.id, "amount": 500, "risk_assessment": risk}
    present = helpers.create({**bought, "authorization_method": "chip"}, options)
    equal((present.approved, present.card_presence), (False, "present"), "a purchase with the card present")
    absent = helpers.create({**bought, "authorization_method": "online"}, options)
    equal((absent.approved, absent.card_presence), (True, "not_present"), "a purchase without the card")
    equal(client.v1.issuing.cards.retrieve(card.id, {}, options).status, "canceled", "the card after its payment")
    helpers.reverse(absent.id, {}, options)
    topup = client.v1.topups.create(
        {"amount": 500, "currency": "usd", "payment_method": "pm_usBankAccount_success"}
    )
    equal((topup.payment_method, topup.initiated_by), ("pm_usBankAccount_success", "user"), "a top-up")
    rejected = client.v1.accounts.reject(account, {"reason": "fraud_other"})
    equal(rejected.requirements.disabled_reason, "rejected.fraud", "the rejected account")
    taken = client.v1.accounts.unreject(account)
    equal(taken.requirements.disabled_reason, None, "the account that was unrejected")
    equal(taken.capabilities["card_issuing"], "active", "its card_issuing")


def spend(client, control, account, card):
    options = {"stripe_account": account}
    server = HTTPServer(("127.0.0.1", 0), Endpoint)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = client.v1.webhook_endpoints.create(
        {
            "url": f"http://127.0.0.1:{server.server_port}/hooks",
            "enabled_events": ["issuing_authorization.request", "issuing_authorization.created"],
            "connect": True,
        }
    )
    Endpoint.secret = endpoint.secret
    helpers = client.v1.test_helpers.issuing.authorizations
    small = helpers.create({"card": card, "amount": 900}, options)
    equal((small.approved, small.amount), (True, 900), "the small purchase")
    equal(small.request_history[-1].reason, "webhook_approved", "why it was approved")
    large = helpers.create({"card": card, "amount": 1001}, options)
    equal((large.approved, large.status), (False, "closed"), "the large purchase")
    equal(large.request_history[-1].reason, "webhook_declined", "why it was declined")
    helpers.increment(small.id, {"increment_amount": 50}, options)
    captured = helpers.capture(small.id, {}, options)
    equal(captured.status, "closed", "the captured purchase")
    transactions = client.v1.issuing.transactions.list({"card": card}, options)
    equal([transaction.amount for transaction in transactions.auto_paging_iter()], [-950], "transactions")
    refund = client.v1.test_helpers.issuing.transactions.refund(transactions.data[0].id, {}, options)
    equal(refund.amount, 950, "the refund")
    equal(client.v1.balance.retrieve({}, options).issuing.available[0].amount, 50_000, "the Issuing balance")
    client.v1.webhook_endpoints.delete(endpoint.id)
    server.shutdown()
    assert Endpoint.seen.count("issuing_authorization.request") == 3, Endpoint.seen
    assert Endpoint.seen.count("issuing_authorization.created") == 2, Endpoint.seen


def pay_out(client, control, account):
    options = {"stripe_account": account}
    payout = client.v1.payouts.create({"amount": 10_000, "currency": "usd"}, options)
    control("advance", days=3)
    payout = client.v1.payouts.retrieve(payout.id, {"expand": ["balance_transaction"]}, options)
    equal((payout.status, payout.balance_transaction.net), ("paid", -10_000), "the payout")
    closed = client.v1.accounts.external_accounts.create(
        account,
        {
            "external_account": {
                "object": "bank_account",
                "country": "US",
                "currency": "usd",
                "routing_number": "110000000",
                "account_number": "000111111113",
            }
        },
    )
    failing = client.v1.payouts.create(
        {"amount": 1_000, "currency": "usd", "destination": closed.id}, options
    )
    control("advance", days=3)
    failing = client.v1.payouts.retrieve(failing.id, {}, options)
    equal((failing.status, failing.failure_code), ("failed", "account_closed"), "the payout to a closed account")
    lines = client.v1.balance_transactions.list({"source": failing.id, "limit": 1}, options)
    equal(sum(line.net for line in lines.auto_paging_iter()), 0, "the sum of the failed payout")


def errors(client, account):
    """Errors are raised as the client's exceptions."""
    try:
        client.v1.payouts.create({"amount": 99_000_000, "currency": "usd"}, {"stripe_account": account})
        raise AssertionError("a payout beyond the balance was made")
    except stripe.InvalidRequestError as refusal:
        equal((refusal.code, refusal.http_status), ("balance_insufficient", 400), "a payout over the balance")
    try:
        client.v1.topups.create({"amount": -1, "currency": "usd"})
        raise AssertionError("a negative top-up was made")
    except stripe.InvalidRequestError as refusal:
        equal(refusal.param, "amount", "the parameter at fault")
        assert refusal.request_id.startswith("req_"), refusal.request_id
    try:
        client.v1.balance.retrieve({}, {"stripe_account": "acct_stranger"})
        raise AssertionError("a stranger's balance was shown")
    except stripe.PermissionError as refusal:
        equal(refusal.http_status, 403, "a stranger's account")
    key = {"idempotency_key": "once"}
    first = client.v1.topups.create({"amount": 5, "currency": "usd"}, key)
    equal(client.v1.topups.create({"amount": 5, "currency": "usd"}, key).id, first.id, "the same key")
    try:
        client.v1.topups.create({"amount": 6, "currency": "usd"}, key)
        raise AssertionError("a key was used for two requests")
    except stripe.IdempotencyError:
        pass
    events = client.v1.events.list({"limit": 2})
    kinds = {event.type for event in events.auto_paging_iter()}
    assert {"topup.created", "topup.succeeded", "transfer.created"} <= kinds, kinds


def main(printed, port):
    control = Controls(f"http://127.0.0.1:{port}")
    with open(printed, encoding="utf-8") as text:
        client = printed_snippets(text.read())
    account = onboard(client, control)
    fund(client, control, account)
    card = issue(client, account)
    spend(client, control, account, card)
    pay_out(client, control, account)
    errors(client, account)
    newest(client, control, account)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_sandbox/state") as state:
        equal(json.load(state)["audit"], None, "the audit of the ledger")
    print(f"stripe-python {stripe.VERSION} and the sandbox agree")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
