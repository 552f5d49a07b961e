"""Compares what this client sends with what Stripe's own clients for Python and Node send for the same parameters.

Called by .ci/compare-clients: `compare_requests.py DUMP [NODE_SCRIPT]`. DUMP has a line for each request, written by the test
`catalog::dump`. Every client sends to one recording server; what is recorded is compared in decoded form. Differences of a kind
that is listed below are counted, any other fails.
"""

import collections
import json
import subprocess
import sys
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# Known kinds of differences, and which client is right.
KNOWN = {
    "empty text": "ours sends `k=`, which unsets or empties, as Node's does for `null`; Python's omits `None` and empty values",
    "null": "ours sends it; the other leaves it out",
    "usage": "Python's client treats a parameter of this name as a call option and does not send it",
}


class Recorder(BaseHTTPRequestHandler):
    """Answers every request with an empty object, and stores it under the number in its path or in a header."""

    protocol_version = "HTTP/1.1"
    seen = {}

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        url = urllib.parse.urlsplit(self.path)
        if "x-recorded" in self.headers:
            (client, number), path = self.headers["x-recorded"].split("/"), url.path[1:]
        else:
            _, client, number, path = url.path.split("/", 3)
        kind = self.headers.get("content-type") or ""
        Recorder.seen[client, int(number)] = {
            "method": self.command,
            "path": "/" + path,
            "query": url.query,
            "body": body,
            "is_json": kind.startswith("application/json"),
        }
        reply = b'{"object":"recorded","data":[],"has_more":false,"url":"/v1/x"}'
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("request-id", "req_recorded")
        self.send_header("content-length", str(len(reply)))
        self.end_headers()
        self.wfile.write(reply)

    do_POST = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def decoded_form(text):
    """Pairs by path. Items of a list are numbered, whatever their notation."""
    pairs = {}
    counters = collections.Counter()
    for name, value in urllib.parse.parse_qsl(text, keep_blank_values=True):
        path = name.replace("]", "").split("[")
        for index, step in enumerate(path):
            if step == "":
                prefix = tuple(path[:index])
                path[index] = str(counters[prefix])
                counters[prefix] += 1
        pairs[tuple(path)] = value
    return pairs


def decoded_json(value, path=()):
    """The same for JSON, including empty values."""
    if isinstance(value, dict) and value:
        return {k: v for name, inner in value.items() for k, v in decoded_json(inner, path + (name,)).items()}
    if isinstance(value, list) and value:
        return {k: v for n, inner in enumerate(value) for k, v in decoded_json(inner, path + (str(n),)).items()}
    return {path: value}


def decoded(sent):
    if sent["is_json"]:
        body = decoded_json(json.loads(sent["body"] or "{}"))
        body.pop((), None)
    else:
        body = decoded_form(sent["body"])
    return {"query": decoded_form(sent["query"]), "body": body}


def differences(ours, theirs):
    for part in ("query", "body"):
        for path in sorted(ours[part].keys() | theirs[part].keys()):
            mine, other = ours[part].get(path), theirs[part].get(path)
            if mine == other and path in ours[part] and path in theirs[part]:
                continue
            name = f"{part} {'.'.join(path)}"
            if path not in theirs[part] and mine == "":
                yield "empty text", name
            elif path not in theirs[part] and mine is None:
                yield "null", name
            elif path == ("usage",) and path not in theirs[part]:
                yield "usage", name
            else:
                yield "other", f"{name}: {mine!r} here, {other!r} there"


def send_with_python(requests, base):
    import stripe

    for number, request in requests:
        prefix = f"{base}/python/{number}"
        client = stripe.StripeClient(
            "sk_test_compare", base_addresses={"api": prefix, "files": prefix, "connect": prefix}, max_network_retries=0
        )
        client.raw_request(request["method"].lower(), request["path"], **request["parameters"])


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        requests = list(enumerate(json.loads(line) for line in file))
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    base = f"http://127.0.0.1:{server.server_port}"
    send_with_python(requests, base)
    clients = ["python"]
    if len(sys.argv) > 2:
        subprocess.run(["node", sys.argv[2], sys.argv[1], base], check=True, timeout=300)
        clients.append("node")
    unknown = 0
    for client in clients:
        counts = collections.Counter()
        sent = [(number, request) for number, request in requests if (client, number) in Recorder.seen]
        for number, request in sent:
            ours = {**request, "is_json": request["path"].startswith("/v2/") and request["method"] != "GET"}
            theirs = Recorder.seen[client, number]
            what = f"{request['id']} {request['fill']}"
            if (theirs["method"], theirs["path"]) != (request["method"], request["path"]):
                print(f"{client}: {what}: {theirs['method']} {theirs['path']}")
                unknown += 1
            for kind, where in differences(decoded(ours), decoded(theirs)):
                counts[kind] += 1
                if kind not in KNOWN:
                    unknown += 1
                    print(f"{client}: {what}: {where}")
        print(f"{client}: {len(sent)} of {len(requests)} requests, {sum(counts.values())} differences")
        for kind, count in sorted(counts.items()):
            print(f"  {count} times {kind}: {KNOWN.get(kind, 'not explained yet')}")
    sys.exit(1 if unknown else 0)


main()
