import { AtOnce } from '../lib/index.ts';
import type { Connection } from '../mirror/index.ts';
import { describeConnectionRef, type ConnectionRef } from './documents.ts';
import { describeError, reportError, type ErrorDocument } from './report-error.ts';

/** What came of one connection: the work's result, or the error that stopped it. */
export type Outcome<T> = { connection: Connection; result: T } | { connection: Connection; error: Error };

/**
 * Does the work for each connection, `atOnce` of them at a time (one after the other unless given); an error stops its
 * own connection only. Outcomes come in the order of the connections.
 */
export async function eachConnection<T>(
  connections: Connection[],
  work: (connection: Connection) => Promise<T>,
  atOnce = 1,
): Promise<Outcome<T>[]> {
  const room = new AtOnce(atOnce);
  return Promise.all(connections.map((connection) => room.run(() => outcomeOf(connection, work))));
}

async function outcomeOf<T>(
  connection: Connection,
  work: (connection: Connection) => Promise<T>,
): Promise<Outcome<T>> {
  try {
    return { connection, result: await work(connection) };
  } catch (error) {
    return { connection, error: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** Those that went well. */
export function succeeded<T>(outcomes: Outcome<T>[]): { connection: Connection; result: T }[] {
  return outcomes.flatMap((outcome) => ('result' in outcome ? [outcome] : []));
}

/** JSON for commands that act: one element a connection, with its result or its error. */
export function describeOutcomes<T>(
  outcomes: Outcome<T>[],
  describe: (result: T) => object,
): (object & { connection: ConnectionRef; error?: ErrorDocument })[] {
  return outcomes.map((outcome) => {
    const connection = describeConnectionRef(outcome.connection);
    if ('error' in outcome) return { connection, error: describeError(outcome.error) };
    return { connection, ...describe(outcome.result) };
  });
}

/** Ends a command over several connections: reports every failure but the last, and throws that one. */
export function throwFailures(outcomes: Outcome<unknown>[], asJson: boolean): void {
  const errors = outcomes.flatMap((outcome) => ('error' in outcome ? [outcome.error] : []));
  const last = errors.pop();
  for (const error of errors) reportError(error, asJson);
  if (last !== undefined) throw last;
}
