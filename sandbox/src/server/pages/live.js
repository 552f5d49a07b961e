// Updates a page, submits its forms as requests and shows each request as a curl command.
"use strict";
const said = document.getElementById("said");
// On a server with a platform per key, addresses name the key.
const own = document.body.dataset.own ? `?key=${encodeURIComponent(document.body.dataset.key)}` : "";
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

function say(curl, status, body) {
  said.replaceChildren();
  const close = Object.assign(document.createElement("button"), { type: "button", textContent: "Close" });
  close.onclick = () => said.replaceChildren();
  const line = Object.assign(document.createElement("pre"), { textContent: curl, tabIndex: 0 });
  const head = document.createElement("p");
  const label = document.createElement("span");
  label.className = `badge ${status < 400 ? "good" : "bad"}`;
  label.textContent = status || "no answer";
  head.append(label, " ");
  const text = body?.error?.message ?? (body?.id ? `${body.object ?? "object"} ${body.id}` : "done");
  const link = /^(acct|ic|ich|iauth|ipi|tu|po|evt|idp|fa|obp|ch|py|src)_/.test(body?.id ?? "") ? body.id : null;
  if (body?.url && String(body.object).endsWith("_link")) {
    const a = Object.assign(document.createElement("a"), { href: body.url, textContent: "Open the page behind the link" });
    a.id = "opened";
    head.append(a);
  } else if (link) {
    const a = Object.assign(document.createElement("a"), { href: (link.startsWith("acct_") ? `/accounts/${link}` : `/objects/${link}`) + own, textContent: text });
    head.append(a);
  } else {
    head.append(text);
  }
  said.append(head, line, close);
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.method !== "post" || !form.matches("[data-call]")) return;
  event.preventDefault();
  const data = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    if (value === "") continue;
    const field = form.elements[name];
    data.append(name, field?.dataset?.decimals ? String(Math.round(Number(value) * 10 ** field.dataset.decimals)) : value);
  }
  const key = document.body.dataset.key;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const address = location.origin + form.getAttribute("action");
  let curl = `curl ${/[?&]/.test(address) ? quote(address) : address}`;
  const isApi = form.getAttribute("action").startsWith("/v1/");
  if (isApi) {
    headers.authorization = `Bearer ${key}`;
    curl += ` -u ${key}:`;
  }
  if (form.dataset.account) {
    headers["stripe-account"] = form.dataset.account;
    curl += ` -H ${quote(`Stripe-Account: ${form.dataset.account}`)}`;
  }
  for (const [name, value] of data) curl += ` \\\n  -d ${quote(`${name}=${value}`)}`;
  if (![...data].length) curl += " -X POST";
  try {
    const reply = await fetch(form.getAttribute("action"), { method: "POST", headers, body: data });
    say(curl, reply.status, await reply.json().catch(() => null));
  } catch {
    say(curl, 0, { error: { message: "The sandbox does not respond." } });
  }
  refresh();
});

document.addEventListener("toggle", async (event) => {
  const details = event.target;
  const place = details.open && details.querySelector?.("[data-part]");
  if (!place || place.dataset.loaded) return;
  place.dataset.loaded = "yes";
  const reply = await fetch(place.dataset.part);
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  const part = page.querySelector("[data-detail]");
  if (part) place.replaceChildren(...part.childNodes);
}, true);

let busy = false;
let again = false;
async function refresh() {
  if (busy) { again = true; return; }
  busy = true;
  try {
    const reply = await fetch(location.href);
    const page = new DOMParser().parseFromString(await reply.text(), "text/html");
    for (const old of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(old.id);
      if (!fresh || fresh.innerHTML === old.dataset.seen) continue;
      old.dataset.seen = fresh.innerHTML;
      const open = new Map([...old.querySelectorAll("details[open]")].map((d) => [d.closest("[id]")?.id, d]));
      const typed = document.activeElement;
      if (old.contains(typed) && typed.matches("input,select,textarea")) continue;
      const focused = old.contains(typed) ? typed.id : null;
      for (const details of fresh.querySelectorAll("details")) {
        const before = open.get(details.closest("[id]")?.id);
        if (before) details.replaceWith(before);
      }
      old.replaceChildren(...fresh.childNodes);
      if (focused) document.getElementById(focused)?.focus();
    }
  } catch { /* the sandbox was stopped; the stream below waits for it */ }
  busy = false;
  if (again) { again = false; refresh(); }
}

for (const live of document.querySelectorAll("[data-live]")) live.dataset.seen = live.innerHTML;
const news = new EventSource(`/_sandbox/changes${own}`);
// Also for the first event: something may have changed since the page was rendered.
news.onmessage = () => refresh();
document.documentElement.dataset.script = "on";
