#!/usr/bin/env python3
"""Writes vectors.json: webhooks signed by Python's HMAC and checked with OpenSSL's, so that no code of this crate had a
part in them. Run it again only to add a case: `python3 tests/webhook/make_vectors.py`. With a path it writes there, to
compare."""

import base64
import hashlib
import hmac
import json
import pathlib
import subprocess
import sys

NOW = 1_794_500_000
SECRET = "whsec_7Jt2cVbq9wXnR4mK0LzE8sYhFdPa3GuT"
OLD_SECRET = "whsec_Q1aZ5xSw8eDc2rFv6tGb9yHn3uJm7iKo"
EVENT = {
    "id": "evt_1SzR0bB2kX9cTnVwfe1m4Qkd",
    "object": "event",
    "account": "acct_1SzQ7RB2kX9cTnVw",
    "api_version": "2026-10-28.endive",
    "created": 1_794_499_990,
    "data": {"object": {"id": "ca_1", "object": "application", "name": "Zoë's Tools"}},
    "livemode": False,
    "pending_webhooks": 1,
    "request": {"id": None, "idempotency_key": None},
    "type": "account.application.authorized",
}
BODY = json.dumps(EVENT, indent=2, ensure_ascii=False)
COMPACT = json.dumps(EVENT, separators=(",", ":"), ensure_ascii=False)
ESCAPED = json.dumps(EVENT, indent=2, ensure_ascii=True)
WIDE = json.dumps(EVENT, indent=4, ensure_ascii=False)
SLASHES = BODY.replace("Zoë's Tools", "Tools/Zoë")
BASE64 = base64.b64encode(BODY.encode()).decode()


def sign(body, time, secret=SECRET):
    message = f"{time}.{body}".encode()
    mine = hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()
    command = ["openssl", "dgst", "-sha256", "-mac", "HMAC", "-macopt", f"hexkey:{secret.encode().hex()}", "-r"]
    other = subprocess.run(command, input=message, capture_output=True, check=True).stdout.split()[0].decode()
    assert mine == other, "two independent implementations disagree"
    return mine


def case(name, outcome, header, body=BODY, secrets=(SECRET,), hint=None):
    return {"name": name, "outcome": outcome, "hint": hint, "secrets": list(secrets), "header": header, "body": body}


good = sign(BODY, NOW)
CASES = [
    case("fresh", "ok", f"t={NOW},v1={good}"),
    case("elements in another order", "ok", f"v1={good},t={NOW}"),
    case("space after the comma", "ok", f"t={NOW}, v1={good}"),
    case("a signature of test mode beside it", "ok", f"t={NOW},v1={good},v0={sign(BODY, NOW, 'x')}"),
    case("an element of a later version", "ok", f"t={NOW},k=abc,v1={good},flag"),
    case("an empty body", "ok", f"t={NOW},v1={sign('', NOW)}", body=""),
    case("signed with two secrets, the old one is known", "ok",
         f"t={NOW},v1={good},v1={sign(BODY, NOW, OLD_SECRET)}", secrets=(OLD_SECRET,)),
    case("signed with the old secret, both are known", "ok",
         f"t={NOW},v1={sign(BODY, NOW, OLD_SECRET)}", secrets=(SECRET, OLD_SECRET)),
    case("a wrong signature before the right one", "ok", f"t={NOW},v1={'0' * 64},v1={good}"),
    case("as old as may be", "ok", f"t={NOW - 300},v1={sign(BODY, NOW - 300)}"),
    case("too old by a second", "TooOld", f"t={NOW - 301},v1={sign(BODY, NOW - 301)}"),
    case("from 1970", "TooOld", f"t=0,v1={sign(BODY, 0)}"),
    case("as far ahead as may be", "ok", f"t={NOW + 60},v1={sign(BODY, NOW + 60)}"),
    case("too far ahead by a second", "FromFuture", f"t={NOW + 61},v1={sign(BODY, NOW + 61)}"),
    case("the time is another one", "Mismatch", f"t={NOW + 1},v1={good}", hint="OtherSecret"),
    case("the time is written with a sign", "NoTimestamp", f"t=+{NOW},v1={sign(BODY, f'+{NOW}')}"),
    case("the time is written with a zero in front", "Mismatch", f"t=0{NOW},v1={good}", hint="OtherSecret"),
    case("the time is too large", "NoTimestamp", f"t=99999999999999999999,v1={good}"),
    case("the time is no number", "NoTimestamp", f"t=now,v1={good}"),
    case("the time is empty", "NoTimestamp", f"t=,v1={good}"),
    case("without time", "NoTimestamp", f"v1={good}"),
    case("with two times", "NoTimestamp", f"t={NOW},t={NOW},v1={good}"),
    case("without signature", "NoSignature", f"t={NOW}"),
    case("with a signature of another scheme only", "NoSignature", f"t={NOW},v0={good}", hint="OtherScheme"),
    case("without anything", "NoHeader", ""),
    case("with spaces only", "NoHeader", "  "),
    case("the signature is cut", "Mismatch", f"t={NOW},v1={good[:-1]}", hint="DamagedHeader"),
    case("the signature is empty", "Mismatch", f"t={NOW},v1=", hint="DamagedHeader"),
    case("the signature is longer", "Mismatch", f"t={NOW},v1={good}0", hint="DamagedHeader"),
    case("the signature is in capitals", "Mismatch", f"t={NOW},v1={good.upper()}", hint="DamagedHeader"),
    case("the signature is another", "Mismatch", f"t={NOW},v1={good[::-1]}", hint="OtherSecret"),
    case("the secret is another", "Mismatch", f"t={NOW},v1={good}", secrets=(OLD_SECRET,), hint="OtherSecret"),
    case("the secret is an API key", "Mismatch", f"t={NOW},v1={good}", secrets=("sk_test_1",),
         hint="NotASigningSecret"),
    case("the secret without its prefix", "Mismatch", f"t={NOW},v1={good}", secrets=(SECRET[6:],),
         hint="NotASigningSecret"),
    case("the secret ends in a line break", "SpacesInSecret", f"t={NOW},v1={good}", secrets=(SECRET + "\n",)),
    case("the secret begins with a space", "SpacesInSecret", f"t={NOW},v1={good}", secrets=(" " + SECRET,)),
    case("the secret is empty", "EmptySecret", f"t={NOW},v1={good}", secrets=("",)),
    case("the secret is blank", "EmptySecret", f"t={NOW},v1={good}", secrets=(" \t",)),
    case("there is no secret", "EmptySecret", f"t={NOW},v1={good}", secrets=()),
    case("the body is cut", "Mismatch", f"t={NOW},v1={good}", body=BODY[:-40], hint="NotJson"),
    case("the body was written again on one line", "Mismatch", f"t={NOW},v1={good}", body=COMPACT,
         hint="ReserializedBody"),
    case("the body was written again with escapes", "Mismatch", f"t={NOW},v1={good}", body=ESCAPED,
         hint="ReserializedBody"),
    case("the body was written again with other indentation", "Mismatch", f"t={NOW},v1={good}", body=WIDE,
         hint="ReserializedBody"),
    case("the body was written again with escaped slashes", "Mismatch", f"t={NOW},v1={sign(SLASHES, NOW)}",
         body=SLASHES.replace("/", "\\/"),
         hint="ReserializedBody"),
    case("the body got a line break", "Mismatch", f"t={NOW},v1={good}", body=BODY + "\n", hint="PaddedBody"),
    case("the body got other line breaks", "Mismatch", f"t={NOW},v1={good}", body=BODY.replace("\n", "\r\n"),
         hint="ReserializedBody"),
    case("the body is in Base64", "Mismatch", f"t={NOW},v1={good}", body=BASE64, hint="Base64Body"),
    case("the body is a JSON string", "Mismatch", f"t={NOW},v1={good}", body=json.dumps(BODY), hint="JsonStringBody"),
    case("the body is compact and the secret another", "Mismatch", f"t={NOW},v1={sign(COMPACT, NOW)}", body=COMPACT,
         secrets=(OLD_SECRET,), hint="OtherSecret"),
    case("the body is another event", "Mismatch", f"t={NOW},v1={good}",
         body=BODY.replace("authorized", "deauthorized"), hint="OtherSecret"),
]

target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).with_name("vectors.json")
target.write_text(json.dumps({"now": NOW, "cases": CASES}, indent=1, ensure_ascii=False) + "\n")
print(f"{len(CASES)} cases")
