import { existsSync, statSync } from 'node:fs';
import { createApp, type App } from '../../app.ts';
import { readKillSwitch, readPeople } from '../../cases/index.ts';
import type { Config } from '../../config.ts';
import { readLastNights } from '../../decisions/index.ts';
import { readConnections } from '../../mirror/index.ts';
import { describeError } from '../report-error.ts';
import { checkConnection } from './check-connection.ts';
import { checkDesk } from './check-desk.ts';
import { checkMail } from './check-mail.ts';
import { findingsOf, type Finding } from './finding.ts';

const LOG_BYTES_MAX = 64 * 1_048_576;

/** What only an opened database can tell. It is not made for the asking: before the first run there is none. */
export async function checkDatabase(config: Config, isOffline: boolean): Promise<Finding[]> {
  const { info, fault } = findingsOf('database');
  if (!existsSync(config.databaseFile))
    return [info('no database yet: made by the first `holdfast connect`')];
  let app: App;
  try {
    app = createApp(config);
  } catch (error) {
    const { message, hint } = describeError(error);
    return [fault(message, hint ?? undefined)];
  }
  try {
    return await checkOpened(app, isOffline);
  } finally {
    await app.close();
  }
}

async function checkOpened(app: App, isOffline: boolean): Promise<Finding[]> {
  const { reader } = app.store;
  const file = checkFile(app);
  // Nothing that a damaged file says is to be believed.
  if (file.severity === 'fault') return [file];
  const findings = [file, ...checkLog(app), await checkKillSwitch(app), await checkPeople(app)];
  const nights = await readLastNights(reader);
  const connections = await readConnections(reader);
  if (connections.length === 0) {
    findings.push(
      findingsOf('connections').info('no company is connected yet', 'holdfast connect xero|quickbooks'),
    );
  }
  for (const connection of connections) {
    const night = nights.find((one) => one.connectionId === connection.id) ?? null;
    findings.push(...(await checkConnection(app, connection, night, isOffline)));
  }
  findings.push(...(await checkDesk(app)));
  if (!isOffline) findings.push(...(await checkMail(app)));
  return findings;
}

/** SQLite's write-ahead log cannot be folded into the database while another process goes on reading an old state. */
function checkLog({ store }: App): Finding[] {
  const log = `${store.file}-wal`;
  const bytes = existsSync(log) ? statSync(log).size : 0;
  if (bytes <= LOG_BYTES_MAX) return [];
  const { warning } = findingsOf('database');
  return [
    warning(
      `${log} has grown to ${Math.round(bytes / 1_048_576)} MB`,
      'Some process has been reading the database for long: end it (an open database browser, a hanging command).',
    ),
  ];
}

function checkFile(app: App): Finding {
  const { ok, fault } = findingsOf('database');
  const { faults, migrations } = app.store.inspect();
  if (faults.length > 0) {
    const text = `${app.store.file} is damaged: ${faults.slice(0, 3).join('; ')}`;
    return fault(text, 'Stop Holdfast and restore the newest backup.');
  }
  return ok(`${app.store.file} is whole, schema ${migrations.at(-1) ?? 'of no migration'}`);
}

async function checkKillSwitch(app: App): Promise<Finding> {
  const { ok, warning, fault } = findingsOf('outbox');
  if (await app.seen.isMissingFrom(app.store.reader)) {
    return fault(
      'this database is older than what Holdfast has done with it (a backup was put back?): nothing leaves',
      'Put the newest one back. If this is it: holdfast sync --full of every company, look at what was sent since, then holdfast kill-switch off.',
    );
  }
  if (!(await readKillSwitch(app.store.reader))) return ok('the kill switch is off');
  return warning('the kill switch is on: nothing leaves', 'holdfast kill-switch off, when you are sure.');
}

async function checkPeople({ store }: App): Promise<Finding> {
  const { ok, info } = findingsOf('people');
  const people = await readPeople(store.reader);
  if (people.length === 0)
    return info(
      'nobody is registered: whoever is named with --as may decide',
      'holdfast people add NAME --role ROLE',
    );
  return ok(`${people.length} registered: ${people.map((one) => `${one.name} (${one.role})`).join(', ')}`);
}
