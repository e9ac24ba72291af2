import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const main = resolve(import.meta.dirname, '../../emulator/main.ts');
const ledger = `customer_id,customer_name,invoice_number,issue_date,due_date,amount,currency,paid_date
C1,Ann Ltd,1001,2026-01-05,2026-02-04,100.00,GBP,
C1,Ann Ltd,1002,2026-01-06,2026-02-05,50.00,GBP,2026-02-01
C2,Bob Ltd,1003,2026-02-20,2026-03-22,70.00,GBP,
`;

interface Ready {
  xeroUrl: string;
  quickbooksUrl: string;
  companies: { platform: string; id: string; remoteId: string; name: string }[];
  env: Record<string, string>;
}

let folder: string;
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-emulator-'));
  children = [];
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** Starts the emulator as a child process; `stdout` fills up as it prints. */
async function start(args: string[]): Promise<{ child: ChildProcess; ready: Ready; stdout: () => string }> {
  const child = fork(main, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], execArgv: [] });
  children.push(child);
  let printed = '';
  child.stdout?.on('data', (chunk: Buffer) => (printed += chunk.toString('utf8')));
  const [ready] = (await once(child, 'message')) as [Ready];
  return { child, ready, stdout: () => printed };
}

async function ask(
  child: ChildProcess,
  message: Record<string, unknown>,
): Promise<{ result?: unknown; error?: string }> {
  child.send({ id: 1, ...message });
  const [answer] = (await once(child, 'message')) as [{ result?: unknown; error?: string }];
  return answer;
}

function ledgerFile(): string {
  const file = join(folder, 'ledger.csv');
  writeFileSync(file, ledger);
  return file;
}

describe('the emulator as a process', () => {
  it('serves the demo world: two Xero organisations and one QuickBooks company, on a Wednesday at ten', async () => {
    const { child, ready, stdout } = await start([]);
    expect(ready.companies.map((one) => one.platform)).toEqual(['xero', 'xero', 'quickbooks']);
    const clock = (await ask(child, { type: 'clock' })).result as { iso: string };
    expect(clock.iso).toMatch(/^2026-03-11T10:0/);
    const limits = await ask(child, { type: 'limits', company: ready.companies[0]?.id });
    expect(limits.result).toMatch(/^customer,limit,group,group_limit\n.+/);
    expect(stdout()).toContain(`XERO_API_URL=${ready.xeroUrl}\n`);
    expect(stdout()).toContain(`QUICKBOOKS_AUTHORIZE_URL=${ready.quickbooksUrl}/connect/oauth2\n`);
    expect(Object.keys(ready.env)).toContain('HOLDFAST_CLOCK_OFFSET_MS');
  });

  it('plays the browser, moves the clock and takes faults for its parent, and ends with it', async () => {
    const { child, ready } = await start(['--ledger', ledgerFile(), '--today', '2026-03-11']);
    const query = 'response_type=code&client_id=holdfast-emulator&scope=openid&state=s';
    const back = encodeURIComponent(`${ready.xeroUrl}/_emulator/clock`);
    const url = `${ready.xeroUrl}/identity/connect/authorize?${query}&redirect_uri=${back}`;
    const visited = (await ask(child, { type: 'visit', url })).result as { status: number; url: string };
    expect(visited.status).toBe(200);
    expect(new URL(visited.url).searchParams.get('code')).toMatch(/^[\w-]{16,}$/);
    const moved = await ask(child, { type: 'setClock', iso: '2026-03-12T09:00:00Z' });
    expect(moved.result).toMatchObject({ iso: expect.stringMatching(/^2026-03-12T09:00:0/) as string });
    await ask(child, { type: 'faults', add: { path: '/connections', status: 500 } });
    expect((await fetch(`${ready.xeroUrl}/connections`)).status).toBe(500);
    await ask(child, { type: 'faults', clear: 'all' });
    expect((await fetch(`${ready.xeroUrl}/connections`)).status).toBe(401);
    expect((await ask(child, { type: 'ledger' })).result).toEqual([]);
    expect((await ask(child, { type: 'nonsense' })).error).toBe('unknown message');
    child.disconnect();
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(0);
  });

  it('serves a ledger on both platforms and goes on with it after SIGTERM, at the time it had', async () => {
    const state = join(folder, 'world.db');
    const first = await start(['--ledger', ledgerFile(), '--today', '2026-03-11', '--state', state]);
    expect(first.ready.companies.map((one) => one.platform)).toEqual(['xero', 'quickbooks']);
    await ask(first.child, { type: 'setClock', iso: '2026-03-20T09:00:00Z' });
    first.child.kill('SIGTERM');
    expect(await once(first.child, 'exit')).toEqual([0, null]);
    const second = await start(['--state', state, '--json']);
    expect(second.ready.companies).toEqual(first.ready.companies);
    const clock = (await ask(second.child, { type: 'clock' })).result as { iso: string };
    expect(clock.iso).toMatch(/^2026-03-20T09:0/);
    expect(JSON.parse(second.stdout())).toMatchObject({ xeroUrl: second.ready.xeroUrl });
  });

  it('says in one line what is wrong with its arguments', async () => {
    const child = fork(main, ['--size', 'huge'], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: [],
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')));
    expect(await once(child, 'exit')).toEqual([2, null]);
    expect(complaint).toBe('--size huge is unknown\n');
  });
});
