import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import type { ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { bookOf, customer, invoice, startXero } from '../support/xero-emulator.ts';
import type { EmulatedXero } from '../support/xero-emulator.ts';

/*
 * What Xero publishes beside its accounting API, tokens, connections and webhooks, is held to its own files as well.
 */

const fixtures = resolve(import.meta.dirname, '../../fixtures/xero/openapi');

/** A validator of one schema of a file. Xero's instants have no offset, also in the files' own examples. */
function schemaOf(file: string, name: string): ValidateFunction {
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addFormat('date-time', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?$/);
  const openApi = parse(readFileSync(resolve(fixtures, file), 'utf8')) as object;
  ajv.addSchema({ ...openApi, $id: 'file' });
  return ajv.compile({ $ref: `file#/components/schemas/${name}` });
}

function faultsOf(validate: ValidateFunction, value: unknown): string[] {
  if (validate(value)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message ?? ''}`);
}

let xero: EmulatedXero;
let sent: unknown[];

beforeEach(async () => {
  sent = [];
  xero = await startXero([bookOf('one', [customer('ann'), invoice('1', 'ann')]), bookOf('two', [])], {
    webhookTicks: 'manual',
    webhookSend: async (_url, init) => {
      sent.push(await new Response(init.body ?? null).json());
      return new Response(null, { status: 200 });
    },
  });
});
afterEach(() => xero.emulator.close());

describe("Xero's identity file", () => {
  it('finds nothing wrong in tokens, nor in the connections that they list', async () => {
    expect(faultsOf(schemaOf('xero-identity.yaml', 'AccessToken'), xero.tokens)).toEqual([]);
    const reply = await fetch(`${xero.emulator.xeroUrl}/connections`, {
      headers: { authorization: `Bearer ${xero.tokens.access_token}` },
    });
    const connections = (await reply.json()) as unknown[];
    expect(connections).toHaveLength(2);
    const connection = schemaOf('xero-identity.yaml', 'Connection');
    expect(connections.flatMap((one) => faultsOf(connection, one))).toEqual([]);
  });

  it('sees an id that is none and an instant that is none', () => {
    const connection = schemaOf('xero-identity.yaml', 'Connection');
    expect(faultsOf(connection, { id: 'seven' })).toHaveLength(1);
    expect(faultsOf(connection, { createdDateUtc: '7 March' })).toHaveLength(1);
  });
});

describe("Xero's webhook file", () => {
  it('finds nothing wrong in the events of contacts, invoices and credit notes', async () => {
    xero.emulator.webhooks.subscribe('xero', {
      url: 'http://127.0.0.1:9/hooks',
      key: 'secret',
      intentRequired: false,
    });
    const people = xero.emulator.xero('one');
    people.archiveContact('Customer ann');
    people.createContact({ Name: 'Cy' });
    people.voidInvoice('INV-1');
    people.createCreditNote({ contactId: 'Customer ann', amountMinor: 500 });
    await xero.emulator.webhooks.tick();
    const bodies = sent as { events: { eventCategory: string }[] }[];
    const events = bodies.flatMap((body) => body.events);
    const categories = [...new Set(events.map((one) => one.eventCategory))].sort();
    expect(categories).toEqual(['CONTACT', 'CREDITNOTE', 'INVOICE']);
    const body = schemaOf('xero-webhooks.yaml', 'WebhookEvent');
    expect(bodies.flatMap((one) => faultsOf(body, one))).toEqual([]);
    const note = schemaOf('xero-webhooks.yaml', 'CreditNoteWebhookEvent');
    const notes = bodies.map((one) => ({
      ...one,
      events: one.events.filter((event) => event.eventCategory === 'CREDITNOTE'),
    }));
    expect(notes.flatMap((one) => faultsOf(note, one))).toEqual([]);
  });

  it('sees a category that is none and a body without its sequence', () => {
    const body = schemaOf('xero-webhooks.yaml', 'WebhookEvent');
    expect(faultsOf(body, { events: [], entropy: '' })).toHaveLength(2);
    const event = { eventCategory: 'PAYMENT' };
    expect(faultsOf(body, { events: [event] }).join()).toContain('/events/0/eventCategory');
  });
});
