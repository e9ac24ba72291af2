import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';

/** How often it is made sure that nobody else has taken over, e.g. while this machine was asleep. */
const LOOK_EVERY_MS = 5_000;

/** What an instance says of itself to the next one that comes. The lease decides; this is for people. */
interface Card {
  pid: number;
  since: string;
}

/** This program as the only one that serves a data directory. */
export interface Instance {
  /** Throws INSTANCE_LOST once another one has taken over. */
  assertOnly(): Promise<void>;
  /** Rejects with INSTANCE_LOST as soon as that is noticed. */
  readonly lost: Promise<never>;
}

/**
 * Does `work` as the only instance on the data directory, whatever the port. Throws INSTANCE_TAKEN when there is
 * another one.
 */
export async function asOnlyInstance<T>(app: App, work: (instance: Instance) => Promise<T>): Promise<T> {
  try {
    return await app.hold('serve', (assertHeld) => live(app, assertHeld, work));
  } catch (error) {
    throw isCode(error, 'LEASE_TAKEN') ? taken(app) : error;
  }
}

async function live<T>(
  app: App,
  assertHeld: () => Promise<void>,
  work: (instance: Instance) => Promise<T>,
): Promise<T> {
  const file = cardFile(app);
  const card: Card = { pid: process.pid, since: new Date(app.clock.nowMs()).toISOString() };
  writeFileSync(file, JSON.stringify(card), { mode: 0o600 });
  const assertOnly = (): Promise<void> =>
    assertHeld().catch((error: unknown) => {
      throw isCode(error, 'LEASE_LOST') ? lostOf(app) : error;
    });
  let reject: (error: Error) => void = () => undefined;
  const lost = new Promise<never>((_resolve, fail) => (reject = fail));
  // Whoever does not wait for it learns of it at the next question.
  lost.catch(() => undefined);
  const stopLooking = app.clock.every(LOOK_EVERY_MS, () =>
    assertOnly().catch((error: unknown) => {
      if (isCode(error, 'INSTANCE_LOST')) reject(error as Error);
    }),
  );
  try {
    return await work({ assertOnly, lost });
  } finally {
    await stopLooking();
    if (readCard(app)?.pid === process.pid) rmSync(file, { force: true });
  }
}

const cardFile = (app: App): string => join(app.config.dataDir, 'serve.json');

function readCard(app: App): Card | null {
  try {
    return JSON.parse(readFileSync(cardFile(app), 'utf8')) as Card;
  } catch {
    return null;
  }
}

const isCode = (error: unknown, code: string): boolean =>
  error instanceof HoldfastError && error.code === code;

function taken(app: App): HoldfastError {
  const card = readCard(app);
  const who = card === null ? '' : ` (process ${card.pid}, since ${card.since})`;
  return new HoldfastError(
    'INSTANCE_TAKEN',
    `Another \`holdfast serve\`${who} already serves ${app.config.dataDir}.`,
    {
      kind: 'state',
      retryable: true,
      hint: 'Stop that one first, or set HOLDFAST_DATA_DIR to serve other data. Every other command runs beside it.',
    },
  );
}

function lostOf(app: App): HoldfastError {
  const card = readCard(app);
  const who = card === null || card.pid === process.pid ? '' : ` (process ${card.pid}, since ${card.since})`;
  return new HoldfastError(
    'INSTANCE_LOST',
    `This process paused for too long, and another \`holdfast serve\`${who} took over: it stops here.`,
    { kind: 'state', hint: 'Nothing is lost: the other one goes on.' },
  );
}
