import type { App } from '../../app.ts';
import type { Night } from '../../decisions/index.ts';
import { CLOCK_SKEW_MAX_MS, dayAt } from '../../domain/index.ts';
import {
  readExpiries,
  readLastRun,
  readPublishedRun,
  readTokenSet,
  type Connection,
  type Expiry,
} from '../../mirror/index.ts';
import { readIntents } from '../../outbox/index.ts';
import { describeError } from '../report-error.ts';
import { checkMirror } from './check-mirror.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { findingsOf, type Finding } from './finding.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

/** Everything about one connection: consent, access, age of the mirror, quarantine, what waits for a person. */
export async function checkConnection(
  app: App,
  connection: Connection,
  night: Night | null,
  isOffline: boolean,
): Promise<Finding[]> {
  const { info } = findingsOf(`connection ${connection.id}`);
  if (connection.state === 'disconnected')
    return [info(`${connection.name}: disconnected; its mirror is kept`)];
  return [
    checkState(connection),
    ...(await checkConsent(app, connection)),
    // One that waits for a person is asked nothing until it is connected again.
    ...(isOffline || connection.state !== 'active' ? [] : await checkAccess(app, connection)),
    ...(await checkAge(app, connection)),
    ...checkNight(connection, night),
    ...checkOwnReminders(connection),
    ...(await checkWebhooks(app, connection)),
    ...(await checkMirror(app, connection)),
    ...(await checkOutbox(app, connection)),
  ];
}

function checkState({ id, name, platform, state, stateReason, mode }: Connection): Finding {
  const { ok, fault } = findingsOf(`connection ${id}`);
  if (state === 'active') return ok(`${name} (${platform}), ${mode}`);
  return fault(`${name} must be connected again: ${stateReason ?? state}`, `holdfast connect ${platform}`);
}

async function checkConsent(app: App, connection: Connection): Promise<Finding[]> {
  const { ok, fault } = findingsOf(`connection ${connection.id}`);
  const again = `holdfast connect ${connection.platform}`;
  try {
    const { tokens } = await readTokenSet(app.store.reader, app.key, connection.tokenSetId);
    const expiries = readExpiries(tokens, app.clock.nowMs());
    if (expiries.length > 0) return expiries.map((expiry) => describeExpiry(app, connection, expiry));
    return [ok(tokens.grant === 'client-credentials' ? 'access renews itself' : 'consent without an end')];
  } catch (error) {
    const { message, hint } = describeError(error);
    return [fault(message, hint ?? again)];
  }
}

function describeExpiry(app: App, connection: Connection, { what, untilMs, withinDays }: Expiry): Finding {
  const { ok, warning, fault } = findingsOf(`connection ${connection.id}`);
  const again = `holdfast connect ${connection.platform}`;
  const end = dayAt(untilMs, connection.timeZone);
  const forGood = what === 'for-good';
  if (withinDays === 0) return fault(`the consent ended on ${end}`, again);
  if (withinDays === null) return ok(`consent until ${end}${forGood ? ' at the latest' : ''}`);
  const days = Math.floor((untilMs - app.clock.nowMs()) / DAY_MS);
  const when = withinDays === 1 ? 'in less than a day' : `in ${days} days${withinDays === 7 ? ', soon' : ''}`;
  if (forGood) return warning(`the consent ends ${when} (${end}), whatever is done`, again);
  return warning(
    `the consent ends ${when} (${end}) unless a sync renews it`,
    `holdfast sync ${connection.id}, or ${again}`,
  );
}

/** One light question to the platform: does it still answer us, is it still the same company, do our clocks agree? */
async function checkAccess(app: App, connection: Connection): Promise<Finding[]> {
  const { ok, fault } = findingsOf(`connection ${connection.id}`);
  try {
    const session = await app.openSession(connection);
    const organisation = await session.readOrganisation();
    const answers = ok(`${connection.platform} answers as ${organisation.name}`);
    return [answers, ...checkClock(connection, session.clockSkewMs() ?? 0)];
  } catch (error) {
    const { code, message, hint } = describeError(error);
    return [fault(`${connection.platform} cannot be used: ${code}: ${message}`, hint ?? undefined)];
  }
}

function checkClock({ id, platform }: Connection, skewMs: number): Finding[] {
  if (Math.abs(skewMs) <= CLOCK_SKEW_MAX_MS) return [];
  const { warning } = findingsOf(`connection ${id}`);
  const minutes = Math.round(Math.abs(skewMs) / MINUTE_MS);
  const apart = `${minutes} minutes ${skewMs > 0 ? 'behind' : 'ahead of'} that of ${platform}`;
  return [
    warning(
      `this machine's clock is ${apart}: what is due and overdue goes by it`,
      'Set the clock, and let the machine keep it by itself (NTP).',
    ),
  ];
}

async function checkAge(app: App, connection: Connection): Promise<Finding[]> {
  const { ok, info, warning, fault } = findingsOf(`connection ${connection.id}`);
  const { reader } = app.store;
  const [last, published] = [
    await readLastRun(reader, connection.id),
    await readPublishedRun(reader, connection.id),
  ];
  if (last === null) return [info('never synced', `holdfast sync ${connection.id}`)];
  const findings: Finding[] = [];
  if (last.state === 'failed')
    findings.push(
      fault(`sync run ${last.number} failed`, `holdfast sync ${connection.id} goes on where it stopped.`),
    );
  if (last.state === 'open') findings.push(info(`sync run ${last.number} is under way, or was cut off`));
  if (published?.finishedAtMs == null) return findings;
  const hours = (app.clock.nowMs() - published.finishedAtMs) / HOUR_MS;
  const text = `last sync ${ageText(hours)} ago (run ${published.number})`;
  const limit = maximumAgeHours(app);
  if (limit === null || hours <= limit) return [...findings, ok(text)];
  return [
    ...findings,
    warning(
      `${text}: older than the policy's ${limit} hours, so nothing is carried out`,
      `holdfast sync ${connection.id}`,
    ),
  ];
}

/** Null when the policy cannot be read, which is a finding of its own. */
function maximumAgeHours(app: App): number | null {
  try {
    return app.policy().gates.maximumSyncAgeHours;
  } catch {
    return null;
  }
}

function ageText(hours: number): string {
  if (hours < 1) return `${Math.max(0, Math.round(hours * 60))} minutes`;
  return hours < 48 ? `${Math.floor(hours)} hours` : `${Math.floor(hours / 24)} days`;
}

function checkNight(connection: Connection, night: Night | null): Finding[] {
  const { ok, fault } = findingsOf(`connection ${connection.id}`);
  if (night === null) return [];
  if (night.state !== 'failed') return [ok(`night of ${night.day}: ${night.state}`)];
  return [
    fault(
      `the night of ${night.day} failed`,
      `holdfast nightly ${connection.id} runs it again and says why.`,
    ),
  ];
}

/** Two parties that chase are one too many. */
function checkOwnReminders({ id, platform, ownReminders }: Connection): Finding[] {
  const { warning, info } = findingsOf(`connection ${id}`);
  if (ownReminders === true) {
    return [
      warning(
        `${platform}'s own invoice reminders are on: customers would be chased twice`,
        'Turn them off there, or set reminders.channel to none in the policy.',
      ),
    ];
  }
  if (ownReminders === null && platform === 'quickbooks') {
    return [
      info(
        'QuickBooks does not say whether its own reminders are on',
        'Look under Account and settings, Sales, Reminders.',
      ),
    ];
  }
  return [];
}

async function checkOutbox(app: App, connection: Connection): Promise<Finding[]> {
  const { info, warning } = findingsOf(`connection ${connection.id}`);
  const count = async (state: 'proposed' | 'person'): Promise<number> =>
    (await readIntents(app.store.reader, { connectionId: connection.id, states: [state] })).length;
  const [proposed, person] = [await count('proposed'), await count('person')];
  return [
    ...(proposed > 0
      ? [
          info(
            `${proposed} ${proposed === 1 ? 'proposal waits' : 'proposals wait'} for approval`,
            'holdfast approve',
          ),
        ]
      : []),
    ...(person > 0
      ? [
          warning(
            `${person} ${person === 1 ? 'message' : 'messages'} may or may not have left`,
            'holdfast outbox, then holdfast outbox settle N sent|not-sent',
          ),
        ]
      : []),
  ];
}
