// Tests the pages of a sandbox in a browser: onboards an account, makes a purchase, advances the clock, and compares the balances on
// the page with those of the API. Usage: node pages.mjs URL FOLDER-FOR-PICTURES
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const [url, pictures] = process.argv.slice(2);
mkdirSync(pictures, { recursive: true });
const axe = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
const key = ["sk", "test", "browser"].join("_");
const folder = mkdtempSync(join(tmpdir(), "browser-"));
const context = await chromium.launchPersistentContext(folder, {
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync"],
  viewport: { width: 1280, height: 900 },
  bypassCSP: true,
});
const page = await context.newPage();
const problems = [];
page.on("pageerror", (problem) => problems.push(String(problem)));
page.on("console", (message) => message.type() === "error" && !message.text().includes("status of") && problems.push(message.text()));

async function api(path, account) {
  const reply = await fetch(url + path, { headers: { authorization: `Bearer ${key}`, ...(account && { "stripe-account": account }) } });
  assert.equal(reply.status, 200, path);
  return reply.json();
}

/** Checks the page with axe and takes pictures of it, narrow and wide, light and dark. */
async function look(name) {
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    for (const width of [1280, 360]) {
      await page.setViewportSize({ width, height: 900 });
      await page.screenshot({ path: join(pictures, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.ok(wide <= 0, `${name} is ${wide} px wider than ${width} px`);
      await page.addScriptTag({ path: axe });
      const { violations } = await page.evaluate(() => window.axe.run());
      const told = violations.map((violation) => `${violation.id}: ${violation.nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
      assert.deepEqual(told, [], `${name} at ${width} px, ${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Waits until a call is shown, and gives its status. */
async function said() {
  await page.waitForSelector("#said .badge");
  const status = await page.textContent("#said .badge");
  const curl = await page.textContent("#said pre");
  assert.ok(curl.startsWith(`curl ${url}/`), curl);
  return Number(status);
}

async function submit(selector) {
  await page.evaluate(() => document.getElementById("said").replaceChildren());
  await page.click(selector);
  assert.equal(await said(), 200, selector + ": " + (await page.textContent("#said")));
}

try {
  await page.goto(url + "/");
  await submit("#create-account");
  await page.click("#said a");
  await page.waitForURL("**/accounts/acct_*");
  const account = page.url().split("/").pop();

  await submit("#account_onboarding");
  await page.click("#opened");
  await page.waitForURL("**/setup/*");
  assert.ok((await page.textContent("h1")).includes("Onboarding"));
  await look("onboarding");
  await page.fill('[name="business_profile.url"]', "https://accessible.stripe.com");
  // The return_url does not exist, so only the navigation is checked.
  const [sent] = await Promise.all([page.waitForRequest((request) => request.url().endsWith("/complete")), page.click("#complete")]);
  assert.equal((await sent.response()).status(), 303);
  await page.waitForTimeout(300);

  await page.goto(`${url}/accounts/${account}`);
  await submit(".clock form:nth-of-type(2) button");
  await page.goto(`${url}/accounts/${account}`);
  const onboarded = await api(`/v1/accounts/${account}`);
  assert.equal(onboarded.details_submitted, true);
  assert.equal(onboarded.capabilities.card_issuing, "active", JSON.stringify(onboarded.requirements.currently_due));

  await page.selectOption('[name="balance"]', "issuing");
  await submit("#fund");
  await submit("#issue-card");
  const card = page.locator("#objects li", { hasText: "card ending in" }).first();
  await card.waitFor();
  await card.locator('[data-decimals]').fill("12.34");
  await page.evaluate(() => document.getElementById("said").replaceChildren());
  await card.getByRole("button", { name: "Swipe" }).click();
  assert.equal(await said(), 200);
  const swiped = page.locator("#objects li", { hasText: "Corner Shop" }).first();
  await swiped.waitFor();
  await page.evaluate(() => { document.activeElement?.blur(); document.getElementById("said").replaceChildren(); });
  await swiped.getByRole("button", { name: "Capture", exact: true }).click();
  assert.equal(await said(), 200);
  await page.waitForTimeout(800);

  const balance = await api("/v1/balance", account);
  const shown = await page.getAttribute('tr[data-balance="issuing"]', "data-amount");
  assert.equal(Number(shown), balance.issuing.available[0].amount);
  assert.equal(Number(shown), 10000 - 1234);
  const text = await page.textContent('tr[data-balance="issuing"] .amount');
  assert.ok(text.includes("87.66"), text);
  await look("account");

  const before = await page.textContent("#clock time");
  await submit(".clock form:nth-of-type(1) button");
  await page.waitForFunction((before) => document.querySelector("#clock time").textContent !== before, before);

  await page.goto(url + "/");
  await look("overview");
  await page.goto(url + "/timeline?kind=request");
  const first = page.locator("#entries details").first();
  await first.locator("summary").click();
  await first.locator("dl").waitFor();
  await look("timeline");
  await page.goto(url + "/timeline?kind=event&q=issuing_transaction");
  const event = page.locator("#entries details").first();
  await event.locator("summary").click();
  await event.getByRole("button", { name: "Send again" }).waitFor();
  for (const name of ["faults", "controls"]) {
    await page.goto(`${url}/${name}`);
    await look(name);
  }
  await page.goto(`${url}/_sandbox/report`);
  await look("report");

  // Changes by other programs appear without a reload, and the keyboard is sufficient.
  await page.goto(url + "/timeline");
  const form = new URLSearchParams({ event: "topup.succeeded" });
  await fetch(`${url}/_sandbox/trigger`, { method: "POST", body: form });
  await page.getByText("topup.succeeded").first().waitFor();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
  assert.deepEqual(problems, []);
  console.log("all is well");
} finally {
  await context.close();
  rmSync(folder, { recursive: true, force: true });
}
