import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { visit } from '../../emulator/visit.ts';
import { CommandLine, type RunningCommand } from '../support/command-line.ts';

interface Element {
  connection: { id: string; platform: string; name: string };
  customer: { id: string; remoteId: string; name: string };
}
interface Failure {
  error: { code: string; kind: string; message: string; hint: string | null };
}

const TODAY = '2026-03-11';
const cli = new CommandLine();
let emulator: RunningCommand;

/** Connects as a user does: the command prints the address, and a browser goes there and back. */
async function connect(
  platform: string,
): Promise<{ connections: { id: string; mode: string; name: string }[] }> {
  const command = cli.start({}, 'connect', platform, '--print-url', '--json');
  const { url } = await command.jsonLine<{ url: string }>();
  await visit(url);
  const connected = await command.jsonLine<{ connections: { id: string; mode: string; name: string }[] }>();
  expect(await command.end()).toMatchObject({ code: 0 });
  return connected;
}

/** A port that nobody listens on. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

beforeAll(async () => {
  emulator = cli.start({}, 'emulator', '--seed', '7', '--size', 'small', '--limits', 'off', '--json');
  const { env } = await emulator.jsonLine<{ env: Record<string, string> }>();
  cli.env = { ...cli.env, ...env, XERO_CALLS_PER_MINUTE: '10000' };
});

afterAll(async () => {
  expect(await emulator.stop()).toMatchObject({ code: 0 });
  cli.remove();
});

describe('before anything is connected', () => {
  it('has a doctor who finds nothing wrong and leaves nothing behind', async () => {
    const { ok, redirectAddresses } = await cli.json<{ ok: boolean; redirectAddresses: object }>('doctor');
    expect(ok).toBe(true);
    expect(redirectAddresses).toEqual({
      xero: 'http://localhost:0/connect/xero/callback',
      quickbooks: 'http://localhost:0/connect/quickbooks/callback',
    });
    expect(existsSync(cli.dataDir)).toBe(false);
  });

  it('lists no connections, and asks for one where one is needed', async () => {
    expect(await cli.json('connections')).toEqual([]);
    const flags = await cli.run('flags');
    expect(flags).toMatchObject({ code: 6, stdout: '' });
    expect(flags.stderr).toMatch(/^error NO_CONNECTION: .+\nhint: .*holdfast connect/);
  });
});

describe('what cannot be understood', () => {
  it.each([
    [['flgas'], 'USAGE'],
    [['flags', '--no-such-option'], 'USAGE'],
    [['flags', '--rule', 'overlimit'], 'USAGE'],
    [['limits'], 'USAGE'],
    [['connect', 'sage'], 'USAGE'],
    [['facts', '--as-of', '2026-02-30'], 'BAD_DAY'],
    [['sync', 'xero-99'], 'CONNECTION_UNKNOWN'],
    [['approve', 'seven'], 'USAGE'],
    [['approve', '7', '--all'], 'USAGE'],
    [['dispatch', '--now'], 'YES_NEEDED'],
    [['audit', 'list', '--limit', '0'], 'USAGE'],
    [['outbox', 'settle', '1', 'perhaps'], 'BAD_OUTCOME'],
    [['exclude', 'Somebody', '--connection', 'xero-1'], 'REASON_NEEDED'],
    [['demo', '--seed', 'x'], 'USAGE'],
  ])('ends %j with exit code 2 and says so on stderr alone', async (args, code) => {
    const result = await cli.run(...args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(`error ${code}: `);
  });

  it.each([
    [['flgas'], 'USAGE'],
    [['facts', '--as-of', 'yesterday'], 'BAD_DAY'],
  ])('is told to a program that ran %j as one line of JSON', async (args, code) => {
    const result = await cli.run(...args, '--json');
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect((JSON.parse(result.stderr) as Failure).error).toMatchObject({ code, kind: 'usage' });
  });

  it('ends with exit code 3 when the configuration is wrong, naming all faults and no value', async () => {
    const result = await cli.runWith({ HOLDFAST_PORT: 'a secret', XERO_CLEINT_ID: 'x' }, 'connections');
    expect(result).toMatchObject({ code: 3, stdout: '' });
    expect(result.stderr).toContain('HOLDFAST_PORT');
    expect(result.stderr).toContain('XERO_CLEINT_ID');
    expect(result.stderr).not.toContain('a secret');
  });

  it('shows its help on stdout with exit code 0, the exit codes with it', async () => {
    const help = await cli.run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(help.stdout).toMatch(/Exit codes:\n {2}0 {2}done/);
    expect((await cli.run('limits', 'import', '--help')).stdout).toContain('--dry-run');
    expect((await cli.run('emulator', '--help')).stdout).toContain('--ledger FILE');
  });
});

describe('a consent that is not given', () => {
  it('ends the command at once with exit code 4, whatever else knocks at the door', async () => {
    const command = cli.start({}, 'connect', 'xero', '--print-url', '--json');
    const { url, redirectUri } = await command.jsonLine<{ url: string; redirectUri: string }>();
    const answer = (state: string): string => `${redirectUri}?error=access_denied&state=${state}`;
    await visit(answer('of-somebody-else'));
    await visit(answer(new URL(url).searchParams.get('state') ?? ''));
    const { code, stderr } = await command.end();
    expect(code).toBe(4);
    expect((JSON.parse(stderr.trim().split('\n').at(-1) ?? '') as Failure).error.code).toMatch(/^PLATFORM_/);
    expect(await cli.json('connections')).toEqual([]);
  });
});

describe('with companies of both platforms', () => {
  beforeAll(async () => {
    await connect('xero');
    await connect('quickbooks');
  });

  it('has made a connection of each, none of which acts by itself', async () => {
    const connections =
      await cli.json<{ id: string; mode: string; publishedRun: null; tokens: object }[]>('connections');
    expect(connections.map(({ id, mode, publishedRun }) => [id, mode, publishedRun])).toEqual([
      ['xero-1', 'propose', null],
      ['xero-2', 'propose', null],
      ['quickbooks-1', 'propose', null],
    ]);
    expect(JSON.stringify(connections)).not.toMatch(/accessToken|refreshToken/);
  });

  it('says that it was never synced, with exit code 6, and lets no limits in before', async () => {
    const flags = await cli.run('flags', '--json');
    expect(flags).toMatchObject({ code: 6, stdout: '[]\n' });
    expect(flags.stderr).toContain('NOT_SYNCED');
    const file = join(cli.root, 'early.csv');
    writeFileSync(file, 'customer,limit\nSomebody,1\n');
    const early = await cli.run('limits', 'import', file, '--connection', 'xero-1');
    expect(early).toMatchObject({ code: 6 });
    expect(early.stderr).toContain('NOT_SYNCED');
  });

  it('ends with exit code 5 when a platform cannot be reached, and still serves the others', async () => {
    const settings = { QUICKBOOKS_API_URL: `http://127.0.0.1:${await closedPort()}` };
    const sync = await cli.runWith(settings, 'sync', 'xero-2', 'quickbooks-1', '--json');
    expect(sync.code).toBe(5);
    expect(JSON.parse(sync.stdout)).toMatchObject([
      { connection: { id: 'xero-2' }, run: 1, mode: 'full' },
      { connection: { id: 'quickbooks-1' }, error: { code: 'PLATFORM_UNREACHABLE' } },
    ]);
    const doctor = await cli.runWith(settings, 'doctor');
    expect(doctor.code).toBe(6);
    expect(doctor.stdout).toMatch(/fault .*quickbooks cannot be used: PLATFORM_UNREACHABLE/);
    expect((await cli.runWith(settings, 'doctor', '--offline')).stdout).toContain('sync run 1 failed');
  });

  it('syncs all of them, shows how far it is on stderr, and then only what changed', async () => {
    const plans = await cli.json<{ mode: string }[]>('sync', '--dry-run');
    expect(plans.map((plan) => plan.mode)).toEqual(['full', 'incremental', 'full']);
    const first = await cli.run('sync', 'xero-1', 'quickbooks-1');
    expect(first.code, first.stderr).toBe(0);
    expect(first.stdout).toMatch(/^xero-1 +Bramble & Flint Supplies Ltd +full +1 +\d+/m);
    expect(first.stderr).toMatch(/^xero-1 customers: 60$/m);
    const again = await cli.json<{ mode: string; counts: { created: number } }[]>('sync');
    expect(again.map(({ mode, counts }) => [mode, counts.created])).toEqual([
      ['incremental', 0],
      ['incremental', 0],
      ['incremental', 0],
    ]);
  });
});

describe('limits', () => {
  const file = (name: string, text: string): string => {
    const path = join(cli.root, name);
    writeFileSync(path, text);
    return path;
  };

  it('come from a CSV and go back into the same one', async () => {
    const csv = file(
      'limits.csv',
      'customer,limit,group,group_limit\nBrightport Plastering Ltd,2390.00,,\nGreyley Wines Ltd,0,Wines,9000.00\n' +
        'Juniperleigh Carpets Ltd,unlimited,,\n',
    );
    expect(await cli.json('limits', 'import', csv, '--connection', 'xero-1', '--dry-run')).toMatchObject({
      dryRun: true,
    });
    const exported = async (): Promise<string> =>
      (await cli.run('limits', 'export', '--connection', 'xero-1')).stdout;
    expect(await exported()).toBe('customer,limit,group,group_limit\n');
    const imported = await cli.json('limits', 'import', csv, '--connection', 'xero-1', '--as', 'Kim');
    expect(imported).toMatchObject({ entries: 3, groups: 1, by: 'Kim' });
    const first = await exported();
    expect(first.match(/^[\w-]+,(2390\.00,,|0\.00,Wines,9000\.00|unlimited,,)$/gm)).toHaveLength(3);
    await cli.json('limits', 'import', file('again.csv', first), '--connection', 'xero-1');
    expect(await exported()).toBe(first);
    const json = await cli.json<{ limits: Element[] }>('limits', 'export', '--connection', 'xero-1');
    expect(json.limits.map((limit) => limit.customer.name)).toContain('Brightport Plastering Ltd');
  });

  it('are refused as a whole for one bad row, which is named', async () => {
    const bad = file('bad.csv', 'customer,limit\nGreyley Wines Ltd,500\nNobody At All Ltd,1\n');
    const result = await cli.run('limits', 'import', bad, '--connection', 'xero-1');
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/CSV_INVALID.*\n.*line 3: .*Nobody At All Ltd/);
    expect((await cli.run('limits', 'export', '--connection', 'xero-1')).stdout).not.toContain('500');
  });

  it('need to know whose they are, and never overwrite a file', async () => {
    expect((await cli.run('limits', 'export')).stderr).toContain('CONNECTION_NEEDED');
    const kept = file('kept.csv', 'mine\n');
    const result = await cli.run('limits', 'export', '--connection', 'xero-1', '--output', kept);
    expect(result.stderr).toContain('FILE_EXISTS');
    expect(readFileSync(kept, 'utf8')).toBe('mine\n');
  });
});

describe('facts and flags', () => {
  type Facts = Element & {
    asOf: string;
    currency: string;
    exposureMinor: number;
    unappliedMinor: number;
    ageing: Record<string, number>;
    limitMinor: number | null;
    limitKind: string;
    byCurrency: { currency: string; exposureMinor: number }[];
  };
  type Flags = Element & {
    rule: string;
    asOf: string;
    figureMinor: number | null;
    inputs: {
      invoices: { currency: string; openMinor: number }[];
      credits: { currency: string; openMinor: number }[];
      rates: { currency: string; openMinor: number; baseMinor: number }[];
    };
    explanation: string;
    clearsWith: { amountMinor: number; invoices: string[] };
  };
  const sum = (numbers: number[]): number => numbers.reduce((total, one) => total + one, 0);

  it('give one element a customer, whose parts add up', async () => {
    const facts = await cli.json<Facts[]>('facts');
    expect(new Set(facts.map((one) => one.connection.id))).toEqual(
      new Set(['xero-1', 'xero-2', 'quickbooks-1']),
    );
    expect(new Set(facts.map((one) => one.customer.id)).size).toBe(facts.length);
    for (const one of facts) {
      expect(one.asOf).toBe(TODAY);
      expect(one.customer.id).toBe(`${one.connection.id}:${one.customer.remoteId}`);
      expect(sum(Object.values(one.ageing)) - one.unappliedMinor).toBe(one.exposureMinor);
    }
    const limited = facts.find((one) => one.customer.name === 'Brightport Plastering Ltd');
    expect(limited).toMatchObject({ currency: 'GBP', limitMinor: 239_000, limitKind: 'amount' });
  });

  it('give every flag with an arithmetic that anyone can redo', async () => {
    const flags = await cli.json<Flags[]>('flags');
    expect(flags.map((flag) => flag.rule)).toEqual(
      expect.arrayContaining(['over-limit', 'overdue', 'cash-only', 'unassessed']),
    );
    for (const { rule, figureMinor, inputs } of flags) {
      for (const rate of inputs.rates) {
        const inCurrency = (items: { currency: string; openMinor: number }[]): number =>
          sum(items.filter((item) => item.currency === rate.currency).map((item) => item.openMinor));
        expect(inCurrency(inputs.invoices) - inCurrency(inputs.credits)).toBe(rate.openMinor);
      }
      if (rule !== 'overdue') expect(sum(inputs.rates.map((rate) => rate.baseMinor))).toBe(figureMinor);
    }
  });

  it('choose by connection, rule, customer and day', async () => {
    const chosen = await cli.json<Flags[]>(
      'flags',
      'xero-1',
      '--rule',
      'over-limit',
      '--customer',
      'brightport',
    );
    expect(chosen.map((flag) => [flag.connection.id, flag.rule])).toEqual([['xero-1', 'over-limit']]);
    expect(Object.keys(chosen[0] ?? {})).toEqual([
      ...['connection', 'customer', 'rule', 'severity', 'asOf', 'currency', 'figureMinor', 'thresholdMinor'],
      ...['inputs', 'explanation', 'clearsWith'],
    ]);
    const earlier = await cli.json<Facts[]>('facts', 'xero-1', '--as-of', '2025-12-31');
    expect(new Set(earlier.map((one) => one.asOf))).toEqual(new Set(['2025-12-31']));
    expect((await cli.run('flags', '--customer', 'nobody at all')).stderr).toContain('CUSTOMER_UNKNOWN');
  });

  it('are set as tables for people, explained for one customer, and without colour in a pipe', async () => {
    const facts = await cli.run('facts', 'xero-1');
    expect(facts.stdout).toMatch(
      /^Bramble & Flint Supplies Ltd \(xero-1\), 2026-03-11, run \d+\nCustomer +Exposure/,
    );
    expect(facts.stdout).toMatch(/^Brightport Plastering Ltd +[\d,]+\.\d\d GBP .* 2,390\.00 GBP +\d+ %/m);
    const flags = await cli.run('flags', '--customer', 'Brightport');
    expect(flags.stdout).toMatch(/^over-limit: Brightport Plastering Ltd owes .+ % of the limit/m);
    expect(facts.stdout + flags.stdout).not.toContain('\u001b');
  });
});

interface Intents {
  intents: { id: number; kind: string; state: string; customer: { name: string } }[];
}

describe('deciding and acting', () => {
  const auditLength = async (): Promise<number> =>
    (await cli.json<object[]>('audit', 'list', '--limit', '100000')).length;
  const proposals = async (): Promise<Intents['intents']> => (await cli.json<Intents>('approve')).intents;
  const firstOf = async (kind: string): Promise<string> => {
    const found = (await proposals()).find((intent) => intent.kind === kind);
    return String(found?.id);
  };

  it('tells what a night would decide, and writes nothing', async () => {
    const before = await auditLength();
    const [night] = await cli.json<{ dryRun: boolean; changes: object[]; holds: object[]; plan: null }[]>(
      'nightly',
      'xero-1',
      '--dry-run',
    );
    expect(night).toMatchObject({ dryRun: true, plan: null });
    expect(night?.changes.length).toBeGreaterThan(5);
    expect(night?.holds.length).toBeGreaterThan(0);
    expect((await cli.run('decide', 'xero-1', '--dry-run')).stdout).toMatch(
      /^Customer +From +To +Clears with +Why$/m,
    );
    expect(await auditLength()).toBe(before);
    expect(await proposals()).toEqual([]);
  });

  it('decides from the last sync and proposes, once', async () => {
    const [decided] = await cli.json<{ plan: { planned: { state: string }[] } }[]>('decide', 'xero-1');
    expect(new Set(decided?.plan.planned.map((effect) => effect.state))).toEqual(new Set(['proposed']));
    const first = await proposals();
    expect(first.length).toBe(decided?.plan.planned.length);
    await cli.json('decide', 'xero-1');
    expect(await proposals()).toEqual(first);
  });

  it('carries out what a person approved and nothing else', async () => {
    const hold = await firstOf('hold.place');
    expect(await cli.json('approve', hold, '--dry-run')).toMatchObject({
      dryRun: true,
      intents: [{ state: 'proposed' }],
    });
    expect(await cli.json('approve', hold, '--as', 'Kim')).toMatchObject({ answer: 'approve', by: 'Kim' });
    const [foretold] = await cli.json<{ wouldGo: { id: number }[] }[]>('dispatch', 'xero-1', '--dry-run');
    expect(foretold?.wouldGo.map((intent) => String(intent.id))).toEqual([hold]);
    const [done] = await cli.json<{ lines: { intentId: number; kind: string; confirmed: boolean }[] }[]>(
      'dispatch',
      'xero-1',
    );
    expect(done?.lines.map(({ kind, confirmed }) => [kind, confirmed])).toEqual([
      ['hold.place', true],
      ['note', true],
    ]);
    expect((await cli.run('approve', hold)).stderr).toContain('NOT_PROPOSED');
  });

  it('turns proposals down, and all of one company at once', async () => {
    expect(await cli.json('approve', await firstOf('reminder'), '--reject')).toMatchObject({
      answer: 'reject',
    });
    const { intents } = await cli.json<Intents>('approve', '--all', '--connection', 'xero-1', '--dry-run');
    expect(intents).toEqual(await proposals());
    expect(await cli.json('approve', '--all', '--connection', 'quickbooks-1')).toMatchObject({ intents: [] });
  });

  it('sends nothing while the kill switch is on', async () => {
    const reminder = await firstOf('reminder');
    await cli.json('approve', reminder);
    expect(await cli.json('kill-switch', 'on', '--dry-run')).toEqual({
      on: false,
      before: false,
      dryRun: true,
    });
    expect(await cli.json('kill-switch', 'on')).toMatchObject({ on: true });
    const [stopped] = await cli.json<{ stopped: string }[]>('dispatch', 'xero-1', '--now', '--dry-run');
    expect(stopped?.stopped).toBe('the kill switch is on');
    const held = await cli.run('dispatch', 'xero-1', '--now', '--yes');
    expect(held.stdout).toMatch(/reminder .+ ready +no +waits: the kill switch is on/);
    expect((await cli.run('doctor', '--offline')).stdout).toContain('the kill switch is on');
    expect(await cli.json('kill-switch', 'off')).toMatchObject({ on: false, before: true });
    expect(await cli.json('kill-switch')).toMatchObject({ on: false });
  });

  it('sends what is due when a person says now, and shows the outbox', async () => {
    const sent = await cli.run('dispatch', 'xero-1', '--now', '--yes');
    expect(sent.stdout).toMatch(/reminder .+ done +yes/);
    const done = await cli.json<{ kind: string; state: string }[]>('outbox', '--state', 'done');
    expect(done.map((intent) => intent.kind)).toEqual(
      expect.arrayContaining(['hold.place', 'note', 'reminder']),
    );
    expect((await cli.run('outbox')).stdout).toContain('proposed');
    expect((await cli.run('outbox', 'settle', '1', 'sent')).stderr).toContain('NOT_UNKNOWN');
  });

  it('leaves excluded customers alone until they are taken off the list', async () => {
    const name = 'Flintshaw Veterinary Supplies Ltd';
    const exclude = (...args: string[]): Promise<object> =>
      cli.json('exclude', ...args, '--connection', 'xero-1');
    expect(await exclude(name, '--reason', 'sold to us')).toMatchObject({
      customer: { name },
      reason: 'sold to us',
    });
    expect(await exclude()).toMatchObject({ excluded: [{ customer: { name }, reason: 'sold to us' }] });
    const [judged] = await cli.json<{ holds: Element[] }[]>('decide', 'xero-1', '--dry-run');
    expect(judged?.holds.map((hold) => hold.customer.name)).not.toContain(name);
    expect(await exclude(name, '--remove')).toMatchObject({ before: 'sold to us', reason: null });
    expect(await exclude()).toMatchObject({ excluded: [] });
  });

  it('runs the whole night at once, and by itself when it is trusted', async () => {
    expect(await cli.json('connections', 'mode', 'quickbooks-1', 'automatic', '--dry-run')).toMatchObject({
      to: 'automatic',
    });
    expect(await cli.json('connections', 'mode', 'quickbooks-1', 'automatic')).toMatchObject({
      from: 'propose',
    });
    expect((await cli.run('connections', 'mode', 'quickbooks-1', 'wild')).stderr).toContain('BAD_MODE');
    const [night] = await cli.json<
      { sync: { run: number }; carriedOut: { kind: string; confirmed: boolean }[] }[]
    >('nightly', 'quickbooks-1');
    expect(night?.carriedOut.length).toBeGreaterThan(0);
    expect(new Set(night?.carriedOut.map(({ kind, confirmed }) => `${kind} ${confirmed}`))).toEqual(
      new Set(['hold.place true']),
    );
    expect((await cli.run('nightly', 'xero-2')).stdout).toMatch(/^sync: run \d+ \(incremental\)/m);
  });

  it('counts days in another zone when a person says so, until they go back to the platform’s', async () => {
    const zone = (...args: string[]): Promise<object> =>
      cli.json('connections', 'zone', 'quickbooks-1', ...args);
    const [platforms, other] = ['America/New_York', 'Pacific/Auckland'];
    expect(await zone(other, '--dry-run')).toMatchObject({ from: platforms, to: other, dryRun: true });
    expect(await zone(other)).toMatchObject({ from: platforms, to: other });
    const [flag] = await cli.json<{ asOf: string }[]>('flags', 'quickbooks-1');
    expect(flag?.asOf).toBe('2026-03-11');
    expect(await zone('platform')).toMatchObject({ from: other, to: platforms });
    expect((await cli.run('connections', 'zone', 'quickbooks-1', 'Narnia')).stderr).toContain('ZONE_UNKNOWN');
  });

  it('has written down what was done and by whom', async () => {
    const entries = await cli.json<{ actor: string; action: string }[]>('audit', 'list', '--limit', '1000');
    const acts = entries.map(({ actor, action }) => `${actor} ${action}`);
    expect(acts).toEqual(
      expect.arrayContaining(['Kim limits.imported', 'Kim intent.approved', 'night standing.changed']),
    );
    expect(await cli.json('audit', 'verify')).toMatchObject({ valid: true, entries: entries.length });
    expect((await cli.run('audit', 'list', '--connection', 'xero-1')).stdout).toContain('intent.approved');
  });
});

describe('the policy', () => {
  it('is shown as it stands, and a bad one is refused with line and column', async () => {
    expect(await cli.json('policy', 'show')).toMatchObject({ isDefault: true, policy: { version: 1 } });
    const shown = (await cli.run('policy', 'show')).stdout;
    const file = join(cli.root, 'policy.yaml');
    writeFileSync(file, shown);
    expect(await cli.json('policy', 'check', file)).toMatchObject({ valid: true, isDefault: false });
    writeFileSync(file, shown.replace('standing: watch', 'standing: wach'));
    const bad = await cli.run('policy', 'check', file);
    expect(bad).toMatchObject({ code: 3, stdout: '' });
    expect(bad.stderr).toMatch(/POLICY_INVALID[^]*line \d+, column \d+/);
  });
});

describe('backup', () => {
  it('copies the database beside it, for its owner alone, and never over another file', async () => {
    const { file, bytes } = await cli.json<{ file: string; bytes: number }>('backup');
    expect(file.startsWith(join(cli.dataDir, 'backups'))).toBe(true);
    expect(statSync(file)).toMatchObject({ size: bytes });
    expect(statSync(file).mode & 0o077).toBe(0);
    expect((await cli.run('backup', file)).stderr).toContain('FILE_EXISTS');
    const restored = await cli.runWith(
      { HOLDFAST_DATA_DIR: join(cli.root, 'empty') },
      'backup',
      '--dry-run',
      '--json',
    );
    expect(JSON.parse(restored.stdout)).toMatchObject({ bytes: null, dryRun: true });
  });
});

describe('serve', () => {
  it('answers on its address, takes the consent that another command asks for, and stops when told', async () => {
    const server = cli.start({}, 'serve', '--json');
    const { url } = await server.jsonLine<{ url: string }>();
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      connections: [{ id: 'xero-1' }, {}, {}],
    });
    const asking = cli.start(
      { HOLDFAST_PORT: new URL(url).port },
      'connect',
      'quickbooks',
      '--print-url',
      '--json',
    );
    const authorize = await asking.jsonLine<{ url: string }>();
    expect((await visit(authorize.url)).url).toContain(`${url}/connected`);
    expect(await asking.jsonLine()).toMatchObject({
      event: 'connected',
      connections: [{ id: 'quickbooks-1' }],
    });
    const { code, stderr } = await asking.end();
    expect(code).toBe(0);
    expect(stderr).toContain('is in use');
    expect(await server.stop()).toMatchObject({ code: 0 });
  });
});

describe('the end of a connection', () => {
  it('forgets its tokens, keeps its mirror, and says what to do when it is used again', async () => {
    expect(await cli.json('disconnect', 'xero-2', '--dry-run')).toMatchObject({ dryRun: true });
    expect(await cli.json('disconnect', 'xero-2')).toMatchObject({ revoked: true });
    const sync = await cli.run('sync', 'xero-2');
    expect(sync.code).toBe(4);
    expect(sync.stderr).toMatch(/NOT_CONNECTED[^]*hint: .*holdfast connect/);
    expect(await cli.json<object[]>('flags', 'xero-2')).not.toEqual([]);
    expect((await cli.json<Element[]>('flags')).map((flag) => flag.connection.id)).not.toContain('xero-2');
  });

  it('leaves room for a custom connection without a browser', async () => {
    const connected = await cli.json<{ connections: object[] }>('connect', 'xero', '--client-credentials');
    expect(connected.connections).toMatchObject([
      { platform: 'xero', tokens: { grant: 'client-credentials' } },
    ]);
    const result = await cli.run('connect', 'quickbooks', '--client-credentials');
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('NOT_SUPPORTED');
  });
});
