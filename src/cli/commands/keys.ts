import { Option, type Command } from 'commander';
import type { App } from '../../app.ts';
import {
  API_SCOPES,
  createApiKey,
  endApiKey,
  readApiKeys,
  type ApiKey,
  type ApiScope,
} from '../../cases/index.ts';
import { HoldfastError, addDays, instantAt, parseDay, type Day } from '../../domain/index.ts';
import { command, withApp, type CommonOptions } from '../command.ts';
import { isoInstant } from '../documents.ts';
import { asOption, personName } from '../person.ts';
import { printJson, printJsonArray, printLine } from '../print.ts';
import { plain } from '../style.ts';
import { renderTable } from '../table.ts';

interface KeyOptions extends CommonOptions {
  scope?: ApiScope[];
  until?: Day;
  dryRun?: boolean;
  as?: string;
}

export function keysCommand(): Command {
  return command('keys', 'keys for programs that ask over HTTP: a shop, an order system')
    .addCommand(
      changing('create', 'make a key; it is shown once')
        .argument('<name>', 'what it is for, such as web-shop')
        .addOption(
          new Option('--scope <scopes...>', 'what it may ask').choices([...API_SCOPES]).makeOptionMandatory(),
        )
        .option('--until <day>', 'its last day, in UTC (default: until it is revoked)', parseDay)
        .action(async (name: string, options: KeyOptions) => withApp((app) => create(app, name, options))),
    )
    .addCommand(
      command('list', 'keys, those that are over among them').action(async (options: KeyOptions) =>
        withApp((app) => list(app, options)),
      ),
    )
    .addCommand(
      changing('revoke', 'end a key at once and for good')
        .argument('<key>', 'its name or id')
        .action(async (asked: string, options: KeyOptions) => withApp((app) => revoke(app, asked, options))),
    );
}

const changing = (name: string, description: string): Command =>
  command(name, description).option('--dry-run', 'check it, and change nothing').addOption(asOption());

async function create(app: App, text: string, options: KeyOptions): Promise<void> {
  const name = plain(text).trim();
  if (name === '') throw new HoldfastError('USAGE', 'Give the key a name that is not empty.');
  const { until, scope = [], dryRun = false } = options;
  const scopes = [...new Set(scope)];
  // To the end of the day: its midnight is the next one's first instant.
  const expiresAtMs = until === undefined ? null : instantAt(addDays(until, 1), '00:00', 'UTC');
  if (expiresAtMs !== null && expiresAtMs <= app.clock.nowMs())
    throw new HoldfastError('BAD_DAY_RANGE', `${until ?? ''} is over already.`);
  const deps = { store: app.store, clock: app.clock, dryRun };
  const { key, id, by } = await createApiKey(deps, { name, scopes, expiresAtMs }, personName(options.as));
  const shown = dryRun ? null : key;
  if (options.json)
    return printJson({
      id: dryRun ? null : id,
      name,
      key: shown,
      scopes,
      expires: isoInstant(expiresAtMs),
      by,
      dryRun,
    });
  if (shown === null) return printLine(`The key "${name}" would be made (dry run).`);
  printLine(shown);
  printLine('It is shown this once: put it where the program reads it, and nowhere else.');
}

async function list(app: App, options: KeyOptions): Promise<void> {
  const keys = (await readApiKeys(app.store.reader)).map((key) => describeKey(key, app.clock.nowMs()));
  if (options.json) return printJsonArray(keys);
  if (keys.length === 0) return printLine('There are no keys.');
  const columns = ['Id', 'Name', 'May ask', 'State', 'Until', 'Made', 'By'].map((head) => ({ head }));
  const rows = keys.map((key) => [
    ...[
      key.id,
      key.name,
      key.scopes.join(', '),
      key.state,
      key.expires ?? '',
      key.created ?? '',
      key.createdBy,
    ],
  ]);
  printLine(renderTable(columns, rows));
}

function describeKey(key: ApiKey, nowMs: number) {
  const isOver = key.expiresAtMs !== null && key.expiresAtMs <= nowMs;
  return {
    ...{ id: key.id, name: key.name, scopes: key.scopes },
    state: key.revokedAtMs !== null ? 'revoked' : isOver ? 'over' : 'in use',
    ...{
      expires: isoInstant(key.expiresAtMs),
      created: isoInstant(key.createdAtMs),
      createdBy: key.createdBy,
    },
    ...{ revoked: isoInstant(key.revokedAtMs), revokedBy: key.revokedBy },
  };
}

async function revoke(app: App, asked: string, options: KeyOptions): Promise<void> {
  const { dryRun = false } = options;
  const deps = { store: app.store, clock: app.clock, dryRun };
  const { key, by } = await endApiKey(deps, asked, personName(options.as));
  if (options.json) return printJson({ id: key.id, name: key.name, by, dryRun });
  printLine(
    `The key "${key.name}" (${key.id}) is refused from now on${dryRun ? ' (dry run)' : `, says ${by}`}.`,
  );
}
