import { HoldfastError } from '../domain/index.ts';
import { readExclusions, readKillSwitch } from '../cases/index.ts';
import {
  concernsEverybody,
  readConnection,
  readLastRun,
  readPublishedRun,
  readQuarantined,
  type Connection,
} from '../mirror/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Reader } from '../store/index.ts';
import type { Intent } from './intent.ts';

/** 'wait': not now, look again later. 'supersede': this effect must never happen. */
export type GateVerdict = { pass: true } | { pass: false; action: 'wait' | 'supersede'; reason: string };

const PASS: GateVerdict = { pass: true };
const wait = (reason: string): GateVerdict => ({ pass: false, action: 'wait', reason });

/**
 * What must hold before any effect: nobody pulled the kill switch, the connection works, the mirror is whole and
 * recent, the customer is neither excluded nor in quarantine. Read anew for every single effect.
 */
export async function checkGates(
  reader: Reader,
  intent: Intent,
  policy: Policy,
  nowMs: number,
): Promise<GateVerdict> {
  if (await readKillSwitch(reader)) return wait('the kill switch is on');
  const connection = await readConnection(reader, intent.connectionId);
  if (connection.state !== 'active')
    return wait(`the connection needs a person: ${connection.stateReason ?? connection.state}`);
  const excluded = (await readExclusions(reader, connection.id)).get(intent.customerId);
  if (excluded !== undefined) return { pass: false, action: 'supersede', reason: `excluded: ${excluded}` };
  const stale = await staleness(reader, connection, policy, nowMs);
  if (stale !== null) return wait(stale);
  const quarantined = await readQuarantined(reader, connection.id);
  const unread = quarantined.find((row) => row.customerId === intent.customerId || concernsEverybody(row));
  return unread === undefined
    ? PASS
    : wait(`a document of this customer could not be read: ${unread.reason}`);
}

/** Why the mirror is not fresh enough to act on; null when it is. */
export async function staleness(
  reader: Reader,
  connection: Connection,
  policy: Policy,
  nowMs: number,
): Promise<string | null> {
  const [last, published] = [
    await readLastRun(reader, connection.id),
    await readPublishedRun(reader, connection.id),
  ];
  if (published?.finishedAtMs == null) return 'nothing has been synced yet';
  if (last !== null && last.number !== published.number) return `sync run ${last.number} is ${last.state}`;
  const ageHours = (nowMs - published.finishedAtMs) / 3_600_000;
  const limit = policy.gates.maximumSyncAgeHours;
  if (ageHours > limit)
    return `the last sync is ${Math.ceil(ageHours)} hours old, the policy allows ${limit}`;
  return null;
}

/** For callers that must not go on at all. Throws KILL_SWITCH_ON. */
export async function assertNotKilled(reader: Reader): Promise<void> {
  if (!(await readKillSwitch(reader))) return;
  throw new HoldfastError('KILL_SWITCH_ON', 'The kill switch is on: nothing is sent.', {
    kind: 'state',
    hint: 'Turn it off with `holdfast kill-switch off` when you are sure.',
  });
}
