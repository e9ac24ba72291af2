import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import type { RecordedEffect } from '../../emulator/core/effects.ts';
import { verifyAudit } from '../../src/audit/index.ts';
import type { ConnectionId } from '../../src/domain/index.ts';
import { needsReconnect } from '../../src/mirror/index.ts';
import type { IntentKind } from '../../src/outbox/index.ts';
import type { FaultWorld } from './fault-world.ts';
import { mirrorTotals, sourceTotals, type BookTotals } from './source-totals.ts';

/** Quiet cycles after which everything must be as it would have been without the fault: now, and two nights later. */
const CYCLES = 3;
const NIGHT_MS = 25 * 3_600_000;

export interface Quiescence {
  /** Connections that rightly stand still until a person connects them again: their mirror may be old. */
  stopped?: readonly ConnectionId[];
}

/**
 * What holds after every fault (catalogue, section c): before the faults end no half run is readable; after at most
 * three quiet cycles the mirror is the source; nothing was done that was not decided, nothing secret lies open, and
 * the file is sound.
 */
export async function expectInvariants(world: FaultWorld, { stopped = [] }: Quiescence = {}): Promise<void> {
  await expectNoHalfRun(world);
  world.emulator.faults.clear();
  world.wire = null;
  for (const id of world.ids) {
    if (stopped.includes(id)) await expectStopped(world, id);
    else await expectConverged(world, id);
  }
  await expectNoHalfRun(world);
  await expectOnlyDecidedEffects(world);
  await expectSoundFile(world);
  await expectNoSecrets(world);
}

/** Everything that was computed rests on published runs. */
export async function expectNoHalfRun({ app }: FaultWorld): Promise<void> {
  const { reader } = app.store;
  const runs = await reader.selectFrom('run').selectAll().execute();
  const published = new Set(
    runs.filter((run) => run.state === 'published').map((run) => `${run.connection_id} ${run.number}`),
  );
  for (const table of ['customer_facts', 'flag', 'decision', 'intent'] as const) {
    const rows = await reader.selectFrom(table).select(['connection_id', 'run']).distinct().execute();
    const halves = rows.filter((row) => !published.has(`${row.connection_id} ${row.run}`));
    expect(halves, `rows of ${table} that rest on a run that was not published`).toEqual([]);
  }
}

async function expectStopped(world: FaultWorld, id: ConnectionId): Promise<void> {
  const connection = await world.connection(id);
  expect(connection.state, `state of ${id}`).toBe('reconnect');
  expect(connection.stateReason ?? '', `why ${id} stands still`).not.toBe('');
}

async function expectConverged(world: FaultWorld, id: ConnectionId): Promise<void> {
  const company = world.company(id);
  let mirror: BookTotals | null = null;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    if (cycle > 0) world.pass(NIGHT_MS);
    await syncQuietly(world, id);
    mirror = await mirrorTotals(world.app.store.reader, id);
    if (same(mirror, sourceTotals(world.emulator, world.name, company))) break;
  }
  expect(mirror, `the mirror of ${id}`).toEqual(sourceTotals(world.emulator, world.name, company));
  await expectCursorsDone(world, id);
}

async function syncQuietly(world: FaultWorld, id: ConnectionId): Promise<void> {
  try {
    await world.sync({}, id);
  } catch (error) {
    const state = (await world.connection(id)).state;
    throw needsReconnect(error) ? new Error(`${id} is "${state}" without need`, { cause: error }) : error;
  }
}

/** The newest run is published, and every stream that it has ended in a published run. */
async function expectCursorsDone({ app }: FaultWorld, id: ConnectionId): Promise<void> {
  const runs = await app.store.reader
    .selectFrom('run')
    .selectAll()
    .where('connection_id', '=', id)
    .orderBy('number')
    .execute();
  expect(runs.at(-1)).toMatchObject({ state: 'published', error: null });
  expect(runs.map((run) => run.number)).toEqual(runs.map((_, index) => index + 1));
  const cursors = await app.store.reader
    .selectFrom('cursor')
    .selectAll()
    .where('connection_id', '=', id)
    .execute();
  expect(cursors.length).toBeGreaterThan(0);
  const published = runs.filter((run) => run.state === 'published').map((run) => run.number);
  for (const cursor of cursors) {
    expect(cursor, `cursor of ${cursor.stream}`).toMatchObject({ finished: 1 });
    expect(published, `run of the cursor of ${cursor.stream}`).toContain(cursor.run);
  }
}

const CAUSES: Record<string, readonly IntentKind[]> = {
  'group-add': ['hold.place'],
  'group-create': ['hold.place'],
  'group-remove': ['hold.release'],
  'customer-update': ['hold.place', 'hold.release'],
  'history-note': ['note'],
  'invoice-email': ['reminder'],
  'invoice-send': ['reminder'],
};

/** Each effect in the platform's ledger has its intent and an attempt that was committed before it left. */
async function expectOnlyDecidedEffects(world: FaultWorld): Promise<void> {
  const intents = await world.intents();
  const attempts = await world.app.store.reader.selectFrom('attempt').select('intent_id').execute();
  const attempted = new Set(attempts.map((attempt) => attempt.intent_id));
  const decided = (effect: RecordedEffect): boolean =>
    intents.some((intent) => {
      if (CAUSES[effect.kind]?.includes(intent.kind) !== true || !attempted.has(intent.id)) return false;
      if (world.company(intent.connectionId) !== effect.company) return false;
      if (effect.kind === 'group-create') return true;
      const targets: readonly string[] =
        intent.kind === 'reminder' ? intent.content.invoiceIds : [intent.customerId];
      return targets.some((target) => [effect.target, effect.path].some((text) => text?.includes(target)));
    });
  const undecided = world.emulator.effects.list().filter((effect) => !decided(effect));
  expect(undecided, 'effects that nobody decided').toEqual([]);
  const mails = world.emulator.effects.list().filter(({ kind }) => CAUSES[kind]?.includes('reminder'));
  const keys = mails.map(({ requestId }) => requestId);
  expect(new Set(keys).size, 'e-mails with a key of their own').toBe(keys.length);
}

async function expectSoundFile({ app, databaseFile }: FaultWorld): Promise<void> {
  const db = new Database(databaseFile, { readonly: true });
  try {
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
  } finally {
    db.close();
  }
  await verifyAudit(app.store.reader);
}

/** Every token and code that the platform ever gave, the client's secret, the key and the companies' ids: nowhere. */
async function expectNoSecrets(world: FaultWorld): Promise<void> {
  const { config, key } = world.app;
  const given = world.emulator.state.db
    .prepare('SELECT token FROM oauth_token UNION SELECT code FROM oauth_code')
    .pluck()
    .all() as string[];
  const client = config.xero?.clientSecret ?? config.quickbooks?.clientSecret ?? '';
  const secrets = [...given, ...world.secrets, client, key.bytes.toString('base64')];
  const companies = world.ids.map((id) => world.company(id));
  const places = new Map([
    ...readdirSync(config.dataDir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(
        (entry) => [entry.name, readFileSync(join(entry.parentPath, entry.name)).toString('latin1')] as const,
      ),
    ['the log', world.log.text()] as const,
    ['an error', world.errors.join('\n')] as const,
  ]);
  expect(given.length).toBeGreaterThan(0);
  for (const [place, text] of places) {
    const found = [...secrets.flatMap(parts), ...companies].filter((secret) => text.includes(secret));
    expect(found, `secrets in ${place}`).toEqual([]);
  }
}

/** A secret counts as shown when a good part of it is. */
function parts(secret: string): string[] {
  if (secret.length < 16) return [];
  const middle = Math.floor(secret.length / 2);
  return [secret.slice(-24), secret.slice(Math.max(0, middle - 12), middle + 12)];
}

const same = (a: BookTotals, b: BookTotals): boolean =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

function sorted({ rows, open, credit }: BookTotals): unknown {
  return [rows, ...[open, credit].map((sums) => Object.entries(sums).sort(([a], [b]) => (a < b ? -1 : 1)))];
}
