// Drives the sandbox with Stripe's own Node client, made by the line that the binary prints.
//
// Called by .ci/official-clients with the file of the binary's output.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import Stripe from 'stripe';

// The lines below a title, up to the next empty line.
function section(text, title) {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(title)) + 1;
  assert.notEqual(start, 0, `nothing is printed below ${title}`);
  return lines.slice(start, lines.indexOf('', start)).join('\n');
}

const printed = section(readFileSync(process.argv[2], 'utf8'), 'Node (stripe)');
const stripe = new Function('Stripe', `${printed}\nreturn stripe;`)(Stripe);

const account = await stripe.accounts.create({
  country: 'US',
  controller: {
    stripe_dashboard: { type: 'none' },
    fees: { payer: 'application' },
    losses: { payments: 'application' },
    requirement_collection: 'application',
  },
  capabilities: { transfers: { requested: true }, card_issuing: { requested: true } },
});
assert.match(account.id, /^acct_/);
const link = await stripe.accountLinks.create({
  account: account.id,
  type: 'account_onboarding',
  refresh_url: 'https://example.com/again',
  return_url: 'https://example.com/done',
});
assert.equal((await fetch(link.url)).status, 200, 'the hosted page answers');
// The holder fills in the form; two minutes later everything is checked.
await fetch(`${link.url}/complete`, { method: 'POST', redirect: 'manual' });
const advanced = await fetch(`${new URL(link.url).origin}/_sandbox/advance?seconds=120`, { method: 'POST' });
assert.equal(advanced.status, 200, 'the clock is moved');

// A key given by the caller: the second call has no further effect.
const payment = { amount: 2000, currency: 'usd', description: 'twice' };
const once = await stripe.topups.create(payment, { idempotencyKey: 'top-up/1' });
const again = await stripe.topups.create(payment, { idempotencyKey: 'top-up/1' });
assert.equal(again.id, once.id);
for (const amount of [100, 200, 300]) await stripe.topups.create({ amount, currency: 'usd' });

const listed = [];
for await (const topup of stripe.topups.list({ limit: 2 })) listed.push(topup.amount);
assert.deepEqual(listed, [300, 200, 100, 2000], 'newest first, over two pages, and the repeated one once');

// What belongs to the platform is not there for the account.
const balance = await stripe.balance.retrieve({}, { stripeAccount: account.id });
assert.equal(balance.pending[0]?.amount ?? 0, 0);
await assert.rejects(stripe.topups.retrieve(once.id, {}, { stripeAccount: account.id }), (error) => {
  assert.equal(error.type, 'StripeInvalidRequestError');
  assert.equal(error.statusCode, 404);
  assert.equal(error.code, 'resource_missing');
  return true;
});
await assert.rejects(stripe.topups.create({ amount: -5, currency: 'usd' }), (error) => {
  assert.equal(error.statusCode, 400);
  assert.equal(error.param, 'amount');
  return true;
});

// Onboarding with accounts of API v2: create, link, form, requirements, capabilities, persons, a bank account, the end.
const collectors = { fees_collector: 'application', losses_collector: 'application' };
const seller = await stripe.v2.core.accounts.create({
  contact_email: 'seller@example.com',
  dashboard: 'express',
  defaults: { responsibilities: collectors },
  identity: { country: 'us', entity_type: 'individual' },
  configuration: {
    merchant: { capabilities: { card_payments: { requested: true } } },
    recipient: { capabilities: { stripe_balance: { stripe_transfers: { requested: true } } } },
  },
  include: ['configuration.merchant', 'requirements'],
});
assert.deepEqual(seller.applied_configurations, ['merchant', 'recipient']);
assert.equal(seller.identity, null, 'it was not included');
assert.equal(seller.configuration.merchant.capabilities.card_payments.status, 'restricted');
assert.ok(seller.requirements.entries.some((entry) => entry.description === 'identity.individual.given_name'));
const onboarding = await stripe.v2.core.accountLinks.create({
  account: seller.id,
  use_case: {
    type: 'account_onboarding',
    account_onboarding: { refresh_url: 'https://example.com/again', return_url: 'https://example.com/done' },
  },
});
assert.equal((await fetch(onboarding.url)).status, 200);
const finished = await fetch(`${onboarding.url}/complete`, { method: 'POST', redirect: 'manual' });
assert.equal(finished.headers.get('location'), 'https://example.com/done');
const known = await stripe.v2.core.accounts.retrieve(seller.id, { include: ['requirements', 'identity'] });
assert.equal(known.identity.entity_type, 'individual');
assert.equal((await stripe.accounts.retrieve(seller.id)).details_submitted, true);
const renamed = await stripe.v2.core.accounts.update(seller.id, { display_name: 'Seller', metadata: { a: '1' } });
assert.deepEqual([renamed.display_name, renamed.metadata], ['Seller', { a: '1' }]);
const firm = await stripe.v2.core.accounts.create({
  dashboard: 'none',
  defaults: { responsibilities: collectors },
  identity: { country: 'us', entity_type: 'company', business_details: { registered_name: 'Rosen Books' } },
  configuration: { merchant: {} },
});
const owner = await stripe.v2.core.accounts.persons.create(firm.id, {
  given_name: 'Ann',
  relationship: { owner: true, percent_ownership: '25' },
});
const persons = [];
for await (const person of stripe.v2.core.accounts.persons.list(firm.id)) persons.push(person.id);
assert.deepEqual(persons, [owner.id]);
await stripe.v2.core.accounts.persons.del(firm.id, owner.id);
const closed = await stripe.v2.core.accounts.close(firm.id, { applied_configurations: ['merchant'] });
assert.equal(closed.closed, true);
const ids = [];
for await (const each of stripe.v2.core.accounts.list({ limit: 1 })) ids.push(each.id);
assert.ok(ids.includes(seller.id) && !ids.includes(firm.id));
await assert.rejects(stripe.v2.core.accounts.close(seller.id, {}), (error) => {
  assert.equal(error.code, 'configs_must_match_to_close');
  return true;
});

// What came with the newest versions of the API.
const of = { stripeAccount: account.id };
const holder = await stripe.issuing.cardholders.create(
  {
    name: 'Jenny Rosen',
    type: 'individual',
    email: 'jenny@example.com',
    individual: {
      first_name: 'Jenny',
      last_name: 'Rosen',
      card_issuing: { user_terms_acceptance: { date: 1767603600, ip: '127.0.0.1' } },
    },
    billing: { address: { line1: '1 Street', city: 'Oakland', state: 'CA', postal_code: '94607', country: 'US' } },
  },
  of,
);
const card = await stripe.issuing.cards.create(
  {
    cardholder: holder.id,
    currency: 'usd',
    type: 'virtual',
    status: 'active',
    lifecycle_controls: { cancel_after: { payment_count: 1 } },
    spending_controls: { blocked_card_presences: ['present'] },
  },
  of,
);
assert.equal(card.lifecycle_controls.cancel_after.payment_count, 1);
assert.deepEqual(card.spending_controls.blocked_card_presences, ['present']);
const rejected = await stripe.accounts.reject(account.id, { reason: 'fraud_other', payouts_action: 'pause' });
assert.equal(rejected.requirements.disabled_reason, 'rejected.fraud');
const taken = await stripe.accounts.unreject(account.id);
assert.notEqual(taken.requirements.disabled_reason, 'rejected.fraud');
console.log(`Stripe's client for Node, ${Stripe.PACKAGE_VERSION}: created, listed, isolated, repeated and refused`);
