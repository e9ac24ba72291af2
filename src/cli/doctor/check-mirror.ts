import type { App } from '../../app.ts';
import { readReconciliation } from '../../facts/index.ts';
import {
  concernsEverybody,
  countStaleBalances,
  readQuarantined,
  readSweep,
  type Connection,
} from '../../mirror/index.ts';
import { findingsOf, type Finding } from './finding.ts';

const REASONS_SHOWN = 5;
const DAY_MS = 86_400_000;
/** Nights sweep daily; after so long without one something keeps them from it. */
const SWEEP_AGE_DAYS = 3;

/** Whether what is mirrored can be believed: quarantine, sweep, balances against the platform's own. */
export async function checkMirror(app: App, connection: Connection): Promise<Finding[]> {
  return [
    ...(await checkQuarantine(app, connection)),
    ...(await checkSweep(app, connection)),
    ...(await checkBalances(app, connection)),
  ];
}

async function checkQuarantine(app: App, connection: Connection): Promise<Finding[]> {
  const { warning, fault } = findingsOf(`connection ${connection.id}`);
  const rows = await readQuarantined(app.store.reader, connection.id);
  if (rows.length === 0) return [];
  const listed = (some: typeof rows): string => {
    const shown = some
      .slice(0, REASONS_SHOWN)
      .map(({ kind, remoteId, reason }) => `${kind} ${remoteId}: ${reason}`);
    const rest = some.length > shown.length ? ` … and ${some.length - shown.length} more` : '';
    return `${shown.join('; ')}${rest}`;
  };
  const advice = 'Correct them on the platform; the next sync reads them again.';
  const anybodys = rows.filter(concernsEverybody);
  const known = rows.filter((row) => !concernsEverybody(row));
  const count = (some: typeof rows): string => `${some.length} ${some.length === 1 ? 'record' : 'records'}`;
  return [
    ...(anybodys.length === 0
      ? []
      : [
          fault(
            `${count(anybodys)} could not be understood, nor whose they are: nothing is decided about anybody until ` +
              `they are: ${listed(anybodys)}`,
            advice,
          ),
        ]),
    ...(known.length === 0
      ? []
      : [
          warning(
            `${count(known)} could not be understood, their customers are left alone: ${listed(known)}`,
            advice,
          ),
        ]),
  ];
}

async function checkSweep(app: App, connection: Connection): Promise<Finding[]> {
  const { ok, info, warning } = findingsOf(`connection ${connection.id}`);
  const sweep = await readSweep(app.store.reader, connection.id);
  if (sweep === null) return [];
  const now = `holdfast sync ${connection.id} --sweep now`;
  if (sweep.note !== '') return [warning(sweep.note, now)];
  const days = Math.floor((app.clock.nowMs() - sweep.finishedAtMs) / DAY_MS);
  if (days >= SWEEP_AGE_DAYS)
    return [info(`the last look for records that vanished is ${days} days old`, now)];
  return [
    ok(`last sweep: ${sweep.checked} records, ${sweep.vanished} had vanished, ${sweep.missed} were missed`),
  ];
}

async function checkBalances(app: App, connection: Connection): Promise<Finding[]> {
  const { ok, info, warning } = findingsOf(`connection ${connection.id}`);
  const { reader } = app.store;
  const findings: Finding[] = [];
  const stale = await countStaleBalances(reader, connection.id);
  if (stale > 0)
    findings.push(
      info(
        `the platform's balances of ${stale} customers are older here than their documents`,
        `holdfast sync ${connection.id} --full`,
      ),
    );
  const saved = await readReconciliation(reader, connection.id);
  if (saved === null) return findings;
  const differing = saved.differences.length;
  const text = `${differing} of ${saved.compared} balances differ from the platform's own (run ${saved.run})`;
  return [...findings, differing === 0 ? ok(text) : warning(text, `holdfast reconcile ${connection.id}`)];
}
