import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyAudit } from '../../src/audit/index.ts';
import { readApiKey } from '../../src/cases/index.ts';
import { CommandHere } from '../support/command-here.ts';
import { CommandLine } from '../support/command-line.ts';
import { bill, smallBook } from '../support/small-book.ts';
import { startWorld, type World } from '../support/world.ts';

interface Changed {
  state: 'done' | 'waiting';
  summary: string;
  id: number | null;
  request: { id: number; missing: number; mayAnswer: string[] | null } | null;
}
interface Queued {
  id: number;
  state: string;
  missing: number;
  mayAnswerUpTo: string[] | null;
}

let world: World;
let cli: CommandHere;
/** The same in processes of its own. */
let processes: CommandLine;

const refusal = (...args: string[]): Promise<string> => cli.refusal(...args);

beforeAll(async () => {
  const debtors = [
    { name: 'Ash', limit: '1000', bills: [bill('A1', 40, 1200_00)] },
    { name: 'Birch', bills: [bill('B1', -2, 200_00), bill('B2', 3, 300_00)] },
  ];
  world = await startWorld({ xero: [smallBook('harbour', debtors)], mode: 'propose' });
  await world.night();
  cli = new CommandHere(world.env);
  processes = new CommandLine(world.env);
});

afterAll(async () => {
  processes.remove();
  await world.close();
});

describe('what people know, on the command line, while nobody is registered', () => {
  it('limits are set with a reason, come due for review, and keep their history', async () => {
    expect(await refusal('limits', 'set', 'Ash', '1500')).toBe('REASON_NEEDED');
    expect(await refusal('limits', 'set', 'Ash', '1.500,00', '--why', 'x')).toBe('BAD_AMOUNT');
    const set = [
      'limits',
      'set',
      'Ash',
      '0',
      '--why',
      'bad news',
      '--review-on',
      '2026-03-01',
      '--as',
      'Kim',
    ];
    expect(await cli.json<Changed>(...set, '--dry-run')).toMatchObject({ state: 'done' });
    await cli.json<Changed>(...set);
    expect(await cli.json('limits', 'review')).toMatchObject([
      { customer: { name: 'Ash' }, limitKind: 'amount', limitMinor: 0, reviewOn: '2026-03-01', daysLate: 10 },
    ]);
    await cli.json(
      'limits',
      'set',
      'Ash',
      '1000',
      '--why',
      'a mistake',
      '--review-on',
      'never',
      '--as',
      'Kim',
    );
    await cli.json(
      'limits',
      'temporary',
      'Ash',
      '250',
      '--to',
      '2026-03-31',
      '--why',
      'a fair',
      '--as',
      'Kim',
    );
    await cli.json('limits', 'insure', 'Ash', '800', '--insurer', 'Atlas', '--cover', '90', '--as', 'Kim');
    const { history } = await cli.json<{ history: object[] }>('limits', 'history', 'Ash');
    expect(history).toMatchObject([
      { kind: 'permanent', limitMinor: 1000_00, by: 'test' },
      { kind: 'permanent', limitMinor: 0, by: 'Kim', why: 'bad news', reviewOn: '2026-03-01' },
      { kind: 'permanent', limitMinor: 1000_00, by: 'Kim', why: 'a mistake', reviewOn: null },
      { kind: 'temporary', amountMinor: 250_00, to: '2026-03-31', why: 'a fair' },
      { kind: 'insured', insured: { insurer: 'Atlas', limitMinor: 800_00, coverPercent: 90 } },
    ]);
  });

  it('a group has a limit before anybody is in it', async () => {
    expect(await refusal('limits', 'set', 'Birch', 'unlimited', '--group', 'Wood', '--why', 'x')).toBe(
      'GROUP_UNKNOWN',
    );
    await cli.json('limits', 'group', 'Wood', '5000', '--why', 'one owner');
    await cli.json('limits', 'set', 'Birch', 'unlimited', '--group', 'Wood', '--why', 'one owner');
    expect((await cli.run('limits', 'export')).stdout).toMatch(/,unlimited,Wood,5000\.00\n/);
  });

  it('disputes, promises, tags, standings and releases are noted, listed and ended', async () => {
    const dispute = await cli.json<Changed>(
      'dispute',
      'open',
      'B2',
      '--amount',
      '100',
      '--why',
      'broken',
      '--as',
      'Kim',
    );
    expect(dispute).toMatchObject({ state: 'done', id: 1 });
    await cli.json('promise', 'add', 'Ash', '600', '--by', '2026-03-20', '--invoice', 'A1', '--as', 'Kim');
    await cli.json('tag', 'add', 'Ash', 'export', '--as', 'Kim');
    await cli.json('standing', 'set', 'Birch', 'stop', '--cause', 'fraud', '--why', 'a call', '--as', 'Kim');
    await cli.json(
      'release',
      'grant',
      'Ash',
      '--up-to',
      '2000',
      '--until',
      '2026-03-31',
      '--why',
      'paid',
      '--as',
      'Kim',
    );

    expect(await cli.json('dispute', 'list')).toMatchObject([
      {
        id: 1,
        invoice: { number: 'B2' },
        amountMinor: 100_00,
        owner: 'Kim',
        reviewBy: '2026-04-10',
        isChased: false,
      },
    ]);
    expect(await cli.json('promise', 'list')).toMatchObject([{ id: 1, amountMinor: 600_00, state: 'open' }]);
    expect(await cli.json('tag', 'list')).toMatchObject([{ customer: { name: 'Ash' }, tags: ['export'] }]);
    expect(await cli.json('standing', 'list')).toMatchObject([
      { standing: 'stop', cause: 'fraud', reason: 'a call' },
    ]);
    expect(await cli.json('release', 'list')).toMatchObject([{ id: 1, upToMinor: 2000_00, by: 'Kim' }]);

    await cli.json('dispute', 'close', '1', '--why', 'replaced');
    await cli.json('promise', 'withdraw', '1', '--why', 'heard wrong');
    await cli.json('tag', 'remove', 'Ash', 'export');
    await cli.json('standing', 'clear', 'Birch', '--why', 'it was them');
    await cli.json('release', 'end', '1', '--why', 'not any more');
    for (const list of ['dispute', 'tag', 'standing', 'release'])
      expect(await cli.json(list, 'list'), list).toEqual([]);
    expect(await refusal('dispute', 'close', '1', '--why', 'again')).toBe('NOT_OPEN');
    expect(await refusal('release', 'end', 'seven', '--why', 'x')).toBe('CASE_UNKNOWN');
    expect(await refusal('dispute', 'open', 'NOT-THERE', '--why', 'x')).toBe('INVOICE_UNKNOWN');
  });

  it('proposals are put off, and are listed again when that day is over', async () => {
    const listed = async () =>
      (await cli.json<{ intents: { id: number }[] }>('approve')).intents.map((one) => one.id);
    const [first = 0, ...others] = await listed();
    await cli.json('approve', String(first), '--snooze', '2026-03-12', '--as', 'Kim');
    expect(await listed()).toEqual(others);
    expect((await world.intents({ ids: [first] }))[0]).toMatchObject({
      state: 'proposed',
      snoozedUntil: '2026-03-12',
    });
    expect(await refusal('approve', String(first), '--snooze', '2026-03-10')).toBe('BAD_DAY_RANGE');
  });
});

describe('once people are registered', () => {
  beforeAll(async () => {
    const policy = [
      'approvals:',
      '  fourEyesForLimitsAbove: 5000',
      '  may:',
      '    - { kind: limit, role: manager }',
      '    - { kind: hold.place, role: manager, upTo: 1000 }',
    ];
    const { stdout } = await cli.run('policy', 'show');
    writeFileSync(join(world.app.config.dataDir, 'policy.yaml'), `${stdout}\n${policy.join('\n')}\n`);
    await cli.json('people', 'add', 'Kim', '--role', 'manager', '--as', 'Kim');
    await cli.json('people', 'add', 'Jo', '--role', 'manager', '--up-to', '9000', '--as', 'Kim');
    await cli.json('people', 'add', 'Lee', '--role', 'clerk', '--as', 'Kim');
  });

  it('whoever decides must be one of them', async () => {
    expect(await refusal('limits', 'set', 'Ash', '5', '--why', 'x', '--as', 'Nobody')).toBe('PERSON_UNKNOWN');
    expect(await refusal('exclude', 'Ash', '--reason', 'x', '--as', 'Nobody')).toBe('PERSON_UNKNOWN');
    expect(await refusal('approve', '--all', '--as', 'Nobody')).toBe('PERSON_UNKNOWN');
  });

  it('a limit waits in the queue for those who may, is edited, and is set by the last yes', async () => {
    const asked = await cli.json<Changed>(
      'limits',
      'set',
      'Ash',
      '6000',
      '--why',
      'a contract',
      '--as',
      'Lee',
    );
    expect(asked).toMatchObject({ state: 'waiting', request: { missing: 2, mayAnswer: ['Jo', 'Kim'] } });
    const [queued] = await cli.json<Queued[]>('queue', 'list', '--mine', '--as', 'Jo');
    expect(queued?.mayAnswerUpTo).toEqual(['Jo (manager, up to 9,000.00 GBP)', 'Kim (manager)']);
    expect(await cli.json('queue', 'list', '--mine', '--as', 'Lee')).toEqual([]);
    await cli.json('queue', 'edit', '1', '--amount', '8000', '--why', 'more', '--as', 'Lee');
    expect(await refusal('queue', 'approve', '1', '--edition', '1', '--as', 'Kim')).toBe('REQUEST_EDITED');
    expect(await refusal('queue', 'approve', '1', '--as', 'Lee')).toBe('MAY_NOT_DECIDE');
    await cli.json('queue', 'snooze', '1', '--until', '2026-03-15', '--as', 'Kim');
    expect(await cli.json('queue', 'list')).toEqual([]);
    expect(await cli.json('queue', 'approve', '1', '--as', 'Kim')).toMatchObject({
      carriedOut: false,
      missing: 1,
    });
    expect(await cli.json('queue', 'approve', '1', '--as', 'Jo')).toMatchObject({ carriedOut: true });
    expect((await cli.run('limits', 'export')).stdout).toMatch(/,8000\.00,/);
  });

  it('a file of limits above what somebody may set waits as one request', async () => {
    const file = join(processes.root, 'limits.csv');
    writeFileSync(file, 'customer,limit\nAsh,100\nBirch,200\n');
    const imported = await cli.json<Changed & { entries: number }>('limits', 'import', file, '--as', 'Lee');
    expect(imported).toMatchObject({ entries: 2, request: { missing: 1 } });
    const { request } = imported;
    await cli.json('queue', 'reject', String(request?.id), '--why', 'ask me first', '--as', 'Kim');
    expect((await cli.run('limits', 'export')).stdout).toMatch(/,8000\.00,/);
  });

  it('two processes that approve at the same time make one decision', async () => {
    const { request } = await cli.json<Changed>(
      'limits',
      'set',
      'Ash',
      '3000',
      '--why',
      'less',
      '--as',
      'Lee',
    );
    const number = String(request?.id);
    const both = await Promise.all([
      processes.run('queue', 'approve', number, '--as', 'Kim', '--json'),
      processes.run('queue', 'approve', number, '--as', 'Jo', '--json'),
    ]);
    expect(both.map((one) => one.code).sort()).toEqual([0, 6]);
    expect(both.find((one) => one.code === 6)?.stderr).toContain('REQUEST_SETTLED');
    const { history } = await cli.json<{ history: { limitMinor?: number }[] }>('limits', 'history', 'Ash');
    expect(history.filter((one) => one.limitMinor === 3000_00)).toHaveLength(1);
  });

  it('a proposal is answered by who may answer for what the customer owes', async () => {
    const [hold] = await world.intents({ kinds: ['hold.place'], states: ['proposed'] });
    const number = String(hold?.id);
    expect(await refusal('approve', number, '--as', 'Lee')).toBe('MAY_NOT_DECIDE');
    expect(await refusal('approve', number, '--as', 'Kim')).toBe('MAY_NOT_DECIDE');
    expect(await refusal('approve', number, '--as', 'Kim', '--dry-run')).toBe('MAY_NOT_DECIDE');
    expect((await world.intents({ ids: [hold?.id ?? 0] }))[0]?.state).toBe('proposed');
    const file = join(world.app.config.dataDir, 'policy.yaml');
    writeFileSync(file, readFileSync(file, 'utf8').replace('upTo: 1000 }', 'upTo: 1200 }'));
    await cli.json('approve', number, '--as', 'Kim');
    expect((await world.intents({ ids: [hold?.id ?? 0] }))[0]).toMatchObject({
      state: 'ready',
      decidedBy: 'Kim',
    });
  });

  it('a key is shown once, opens what it is for, and is refused once it is revoked', async () => {
    const made = await cli.json<{ id: string; key: string }>(
      'keys',
      'create',
      'shop',
      '--scope',
      'credit-check',
      '--as',
      'Kim',
    );
    const { reader } = world.app.store;
    const nowMs = world.app.clock.nowMs();
    expect(await readApiKey(reader, made.key, nowMs)).toEqual({ person: 'shop', scopes: ['credit-check'] });
    const listed = await cli.run('keys', 'list', '--json');
    expect(listed.stdout).toContain(made.id);
    expect(listed.stdout).not.toContain(made.key.split('.')[1]);
    await cli.json('keys', 'revoke', 'shop', '--as', 'Kim');
    expect(await readApiKey(reader, made.key, nowMs)).toBeNull();
  });

  it('somebody who left decides no more, and is still in the history', async () => {
    await cli.json('people', 'remove', 'Lee', '--as', 'Kim');
    expect((await cli.json<{ name: string }[]>('people', 'list')).map((one) => one.name).sort()).toEqual([
      'Jo',
      'Kim',
    ]);
    expect(await cli.json('people', 'list', '--all')).toHaveLength(4);
    expect(await refusal('tag', 'add', 'Ash', 'x', '--as', 'Lee')).toBe('PERSON_UNKNOWN');
  });

  it('everything that was done stands in an audit log that verifies', async () => {
    const { entries } = await verifyAudit(world.app.store.reader);
    expect(entries).toBeGreaterThan(20);
  });
});
