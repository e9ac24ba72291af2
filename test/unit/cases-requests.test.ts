import { describe, expect, it } from 'vitest';
import { readAudit } from '../../src/audit/index.ts';
import { changePerson, readPeople, readRequestStatuses, type RequestStatus } from '../../src/cases/index.ts';
import { CaseDesk, limitTo } from '../support/case-desk.ts';
import { day } from '../support/mirror-records.ts';
import { openHere } from '../support/temp-store.ts';

/** Two managers and a clerk; a manager sets limits up to 5,000, and above 1,000 two must agree. */
async function office(): Promise<CaseDesk> {
  const desk = new CaseDesk({
    may: [
      { kind: 'limit', role: 'manager', upTo: 5000 },
      { kind: 'limit', role: 'clerk', upTo: 100 },
    ],
    fourEyesForLimitsAbove: 1000,
  });
  await desk.register(['Ada', 'manager'], ['Ben', 'manager'], ['Cleo', 'clerk']);
  return desk;
}

const statuses = (desk: CaseDesk): Promise<RequestStatus[]> =>
  readRequestStatuses(desk.store.reader, desk.policy, desk.clock.nowMs());
const limitOf = async (desk: CaseDesk) => (await desk.file()).limits.entries[0]?.limit ?? null;

describe('a limit above what the asker may set', () => {
  it('waits for somebody who may, and is set with their yes', async () => {
    const desk = await office();
    expect(await desk.change(limitTo(100_00), 'Cleo')).toMatchObject({ state: 'done' });
    const { request } = await desk.change(limitTo(500_00), 'Cleo', 'a bigger order');
    expect(request?.verdict).toMatchObject({ missing: 1, mayAnswer: ['Ada', 'Ben'] });
    expect(await limitOf(desk)).toMatchObject({ limitMinor: 100_00 });
    expect(await desk.approve(1, 'Ada')).toMatchObject({ carriedOut: true, request: { state: 'done' } });
    expect(await limitOf(desk)).toMatchObject({ limitMinor: 500_00 });
    expect(
      (await readAudit(desk.store.reader, 2)).map((one) => [one.actor, one.action, one.details.approvedBy]),
    ).toEqual([
      ['Cleo', 'limit.set', ['Ada']],
      ['Ada', 'request.approved', undefined],
    ]);
  });

  it('is not approved by somebody who may not set as much, nor by who asked', async () => {
    const desk = await office();
    await desk.register(['Ada', 'manager'], ['Dev', 'clerk']);
    await desk.change(limitTo(500_00), 'Cleo');
    for (const name of ['Dev', 'Cleo'])
      await expect(desk.approve(1, name)).rejects.toMatchObject({ code: 'MAY_NOT_DECIDE' });
    await expect(desk.approve(1, 'Zoe')).rejects.toMatchObject({ code: 'PERSON_UNKNOWN' });
    expect(await statuses(desk)).toMatchObject([{ request: { state: 'waiting' }, verdict: { missing: 1 } }]);
  });

  it('is asked for with a reason', async () => {
    const desk = await office();
    await expect(desk.change(limitTo(500_00), 'Cleo', '')).rejects.toMatchObject({ code: 'REASON_NEEDED' });
  });
});

describe('a limit that needs four eyes', () => {
  it('is set when two different people agree, of whom the asker is one', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Ada');
    await expect(desk.approve(1, 'ada')).rejects.toThrow(
      'Ada asked for it: it needs the yes of somebody else',
    );
    expect(await desk.approve(1, 'Ben')).toMatchObject({ carriedOut: true });
  });

  it('needs two others when the asker may not decide it, and nobody counts twice', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Cleo');
    expect(await desk.approve(1, 'Ada')).toMatchObject({
      carriedOut: false,
      verdict: { missing: 1, mayAnswer: ['Ben'] },
    });
    await expect(desk.approve(1, ' ADA ')).rejects.toThrow('Ada has approved it already');
    expect(await limitOf(desk)).toBeNull();
    expect(await desk.approve(1, 'Ben')).toMatchObject({ carriedOut: true });
    expect(await limitOf(desk)).toMatchObject({ limitMinor: 2000_00 });
  });

  it('says who is missing when nobody is left who may', async () => {
    const desk = await office();
    const { request } = await desk.change(limitTo(9000_00), 'Ada');
    expect(request?.verdict).toMatchObject({ missing: 2, mayAnswer: [] });
  });

  it('is judged by the policy and the people of now, not of when it was asked', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Cleo');
    await desk.approve(1, 'Ada');
    await changePerson(desk, { name: 'Ada', role: '', upTo: null }, 'gone', 'Ben');
    expect(await desk.approve(1, 'Ben')).toMatchObject({ carriedOut: false });
    expect(await limitOf(desk)).toBeNull();
  });
});

describe('two people at one request', () => {
  it('at once make one decision, in two processes', async () => {
    const desk = await office();
    await desk.register(['Ada', 'manager'], ['Dev', 'manager']);
    await desk.change(limitTo(500_00), 'Cleo');
    const elsewhere = new CaseDesk(desk.policy.approvals, openHere(desk.store.file));
    const answers = await Promise.allSettled([
      desk.approve(1, 'Ada'),
      elsewhere.approve(1, 'Ben'),
      elsewhere.answer(1, { kind: 'reject', why: 'too much' }, 'Dev'),
      desk.approve(1, 'Dev'),
    ]);
    expect(answers.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
    for (const one of answers)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'REQUEST_SETTLED' });
    const audit = await readAudit(desk.store.reader, 100);
    expect(audit.filter((one) => /^request\.(approved|rejected)$/.test(one.action))).toHaveLength(1);
    const isSet = audit.filter((one) => one.action === 'limit.set').length === 1;
    expect((await limitOf(desk)) !== null).toBe(isSet);
  });

  it('who are both needed are both counted, though they come at once', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Cleo');
    const elsewhere = new CaseDesk(desk.policy.approvals, openHere(desk.store.file));
    const both = await Promise.all([desk.approve(1, 'Ada'), elsewhere.approve(1, 'Ben')]);
    expect(both.map((one) => one.carriedOut).sort()).toEqual([false, true]);
    const done = (await readAudit(desk.store.reader, 100)).filter((one) => one.action === 'limit.set');
    expect(done).toHaveLength(1);
  });
});

describe('a request that is edited', () => {
  it('needs its approvals again, and is now of whoever edited it', async () => {
    const desk = await office();
    await desk.register(['Ada', 'manager'], ['Dev', 'manager']);
    await desk.change(limitTo(2000_00), 'Cleo');
    await desk.approve(1, 'Ada');
    const edit = { kind: 'edit', change: limitTo(3000_00), why: 'they need more' } as const;
    expect(await desk.answer(1, edit, 'Cleo')).toMatchObject({
      carriedOut: false,
      verdict: { missing: 2 },
      request: { edition: 2, amountMinor: 3000_00 },
    });
    await expect(desk.approve(1, 'Ben', 1)).rejects.toMatchObject({ code: 'REQUEST_EDITED' });
    expect(await desk.approve(1, 'Ben', 2)).toMatchObject({ carriedOut: false });
    expect(await desk.approve(1, 'Ada', 2)).toMatchObject({ carriedOut: true });
    expect(await limitOf(desk)).toMatchObject({ limitMinor: 3000_00 });
  });

  it('is carried out at once when it is edited to what the editor may decide alone', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Cleo');
    const edit = { kind: 'edit', change: limitTo(900_00), why: 'half of it' } as const;
    expect(await desk.answer(1, edit, 'Ada')).toMatchObject({ carriedOut: true });
    expect(await limitOf(desk)).toMatchObject({ limitMinor: 900_00 });
  });

  it('does not let somebody approve their own words in the place of another’s', async () => {
    const desk = await office();
    await desk.change(limitTo(2000_00), 'Cleo');
    await desk.answer(1, { kind: 'edit', change: limitTo(4000_00), why: '' }, 'Ada');
    await expect(desk.approve(1, 'Ada')).rejects.toMatchObject({ code: 'MAY_NOT_DECIDE' });
    expect(await desk.approve(1, 'Ben')).toMatchObject({ carriedOut: true });
  });
});

describe('a request', () => {
  it('is void when nobody answered it in time', async () => {
    const desk = await office();
    await desk.change(limitTo(500_00), 'Cleo');
    desk.pass(29);
    expect(await statuses(desk)).toMatchObject([{ request: { state: 'waiting' } }]);
    desk.pass(1);
    expect(await statuses(desk)).toMatchObject([{ request: { state: 'expired' } }]);
    await expect(desk.approve(1, 'Ada')).rejects.toMatchObject({ code: 'REQUEST_SETTLED' });
    expect(await limitOf(desk)).toBeNull();
  });

  it('is rejected with a reason, by who may decide it or by who asked, and then it is over', async () => {
    const desk = await office();
    await desk.register(['Ada', 'manager'], ['Dev', 'clerk']);
    await desk.change(limitTo(500_00), 'Cleo');
    await desk.change(limitTo(600_00), 'Cleo');
    const no = (why: string) => ({ kind: 'reject', why }) as const;
    await expect(desk.answer(1, no(''), 'Ada')).rejects.toMatchObject({ code: 'REASON_NEEDED' });
    await expect(desk.answer(1, no('no'), 'Dev')).rejects.toMatchObject({ code: 'MAY_NOT_DECIDE' });
    await desk.answer(1, no('too much'), 'Ada');
    await desk.answer(2, no('changed my mind'), 'Cleo');
    await expect(desk.approve(1, 'Ben')).rejects.toThrow('request 1 was rejected (by Ada)');
    expect((await statuses(desk)).map((one) => one.request.state)).toEqual(['rejected', 'rejected']);
  });

  it('is put off without being answered', async () => {
    const desk = await office();
    await desk.change(limitTo(500_00), 'Cleo');
    await desk.answer(1, { kind: 'snooze', until: day('2026-03-15') }, 'Ada');
    expect(await statuses(desk)).toMatchObject([
      { request: { state: 'waiting', snoozedUntil: '2026-03-15' } },
    ]);
    expect(await desk.approve(1, 'Ada')).toMatchObject({ carriedOut: true });
  });

  it('that there is not is said to be none', async () => {
    await expect((await office()).approve(7, 'Ada')).rejects.toMatchObject({ code: 'REQUEST_UNKNOWN' });
  });
});

describe('while nobody is registered', () => {
  it('everybody decides, as ever; but four eyes are still two names', async () => {
    const desk = new CaseDesk({ may: [{ kind: 'release', role: 'manager' }], fourEyesForLimitsAbove: 1000 });
    expect(await desk.change(limitTo(1000_00), 'anybody')).toMatchObject({ state: 'done' });
    expect(await desk.change(limitTo(1000_01), 'anybody')).toMatchObject({ state: 'waiting' });
    await expect(desk.approve(1, 'Anybody')).rejects.toMatchObject({ code: 'MAY_NOT_DECIDE' });
    expect(await desk.approve(1, 'somebody')).toMatchObject({ carriedOut: true });
  });
});

describe('people', () => {
  it('are named once they exist, and never leave the history', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'manager', '500'], ['Ben', 'clerk']);
    await expect(desk.change(limitTo(1), 'Zoe')).rejects.toThrow(/"Zoe" is not one of .*: Ada, Ben/);
    await changePerson(desk, { name: 'ben ', role: 'manager', upTo: null }, 'present', 'Ada');
    expect(await readPeople(desk.store.reader)).toEqual([
      { name: 'Ada', role: 'manager', upTo: '500' },
      { name: 'Ben', role: 'manager', upTo: null },
    ]);
    await changePerson(desk, { name: 'Ben', role: '', upTo: null }, 'gone', 'Ada');
    expect((await readPeople(desk.store.reader)).map((one) => one.name)).toEqual(['Ada']);
    expect(await desk.store.reader.selectFrom('person').select('name').execute()).toHaveLength(4);
    const spoil = desk.store.write((tx) => tx.deleteFrom('person').execute());
    await expect(spoil).rejects.toThrow('append-only');
  });
});
