// Sends the requests of a dump with Stripe's own client for Node. Called by tests/python/compare_requests.py with the dump and
// the URL of the recording server.

import { readFileSync } from "node:fs";
import Stripe from "stripe";

const [dump, base] = process.argv.slice(2);
const server = new URL(base);
const lines = readFileSync(dump, "utf8").split("\n").filter((line) => line !== "");

for (const [number, line] of lines.entries()) {
  const { method, path, parameters } = JSON.parse(line);
  if (method !== "POST" && Object.keys(parameters).length > 0) {
    // This client takes parameters of a raw request for POST only.
    continue;
  }
  const stripe = new Stripe("sk_test_compare", {
    host: server.hostname,
    port: server.port,
    protocol: "http",
    maxNetworkRetries: 0,
    telemetry: false,
  });
  const additionalHeaders = { "X-Recorded": `node/${number}` };
  await stripe.rawRequest(method, path, method === "POST" ? parameters : null, { additionalHeaders });
}
