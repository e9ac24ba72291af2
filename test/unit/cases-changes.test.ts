import { describe, expect, it } from 'vitest';
import { readAudit, verifyAudit } from '../../src/audit/index.ts';
import {
  readDisputeVersion,
  readLimitHistory,
  type CaseChange,
  type ManualStanding,
} from '../../src/cases/index.ts';
import { documentId } from '../../src/domain/index.ts';
import { CaseDesk, ash, birch, company, limitTo } from '../support/case-desk.ts';
import { day } from '../support/mirror-records.ts';

const invoice = { id: documentId('i1'), number: 'INV-1', currency: 'GBP', openMinor: 500_00 };
const dispute = (fields: object = {}) =>
  ({
    ...{ kind: 'dispute.open', customer: ash, invoice, amountMinor: null, owner: 'Ben' },
    ...{ reviewBy: day('2026-04-10') },
    ...fields,
  }) as CaseChange;
const standing = (name: ManualStanding['standing'], until: string | null = null): CaseChange => ({
  ...{ kind: 'standing.set', customer: ash, standing: name, cause: 'fraud', exposureMinor: 100_00 },
  until: until === null ? null : day(until),
});
const clear: CaseChange = { kind: 'standing.clear', customer: ash, cause: null, exposureMinor: 100_00 };
const release = (until = '2026-03-20'): CaseChange => ({
  ...{ kind: 'release.grant', customer: ash, upToMinor: 900_00, orderReference: null, until: day(until) },
});
const temporary = (amountMinor: number, to: string, from = '2026-03-11'): CaseChange => ({
  ...{ kind: 'limit.temporary', customer: ash, amountMinor, from: day(from), to: day(to) },
});

describe('a limit', () => {
  it('keeps who changed it, when and why, and writes an audit chain that verifies', async () => {
    const desk = new CaseDesk();
    await desk.change(limitTo(100_00), 'Ada', 'a first order');
    desk.pass(2);
    await desk.change(limitTo(null), 'Ben', 'the board knows them');
    expect(await readLimitHistory(desk.store.reader, company.id, ash.id)).toMatchObject([
      { by: 'Ada', why: 'a first order', day: '2026-03-11', version: { limit: { limitMinor: 100_00 } } },
      {
        by: 'Ben',
        why: 'the board knows them',
        day: '2026-03-13',
        version: { limit: { kind: 'unlimited' } },
      },
    ]);
    const audit = await readAudit(desk.store.reader, 10);
    expect(audit.map((one) => `${one.actor} ${one.action} ${one.subject}`)).toEqual([
      'Ben limit.set customer ash',
      'Ada limit.set customer ash',
    ]);
    await verifyAudit(desk.store.reader);
  });

  it('may be set below anything, to nothing, and back to not assessed', async () => {
    const desk = new CaseDesk();
    await desk.change(limitTo(100_00));
    await desk.change(limitTo(0));
    expect((await desk.file()).limits.entries[0]?.limit).toEqual({ kind: 'amount', limitMinor: 0 });
    const none = { entries: [{ customerId: ash.id, limit: null, group: null }], groups: [] };
    const { summary } = await desk.change({ kind: 'limit.set', customer: ash, table: none });
    expect(summary).toBe('limit of Ash Ltd: cash only (0) → not assessed');
    expect((await desk.file()).limits.entries[0]?.limit).toBeNull();
  });

  it('grows for some time, and back by itself; but not from nothing that was ever assessed', async () => {
    const desk = new CaseDesk();
    await expect(desk.change(temporary(50_00, '2026-03-14'))).rejects.toMatchObject({
      code: 'NO_AMOUNT_TO_RAISE',
    });
    await desk.change(limitTo(100_00));
    const { summary, id } = await desk.change(temporary(50_00, '2026-03-14'));
    expect([summary, id]).toEqual([expect.stringContaining('150.00 GBP together'), 1]);
    const inForce = async () => (await desk.file()).limitTerms.get(ash.id)?.temporary.length ?? 0;
    desk.pass(3);
    expect(await inForce()).toBe(1);
    desk.pass(1);
    expect(await inForce()).toBe(0);
  });

  it('does not grow for longer than a year, nor into the past', async () => {
    const desk = new CaseDesk();
    await desk.change(limitTo(100_00));
    for (const to of ['2026-03-10', '2027-03-13'])
      await expect(desk.change(temporary(50_00, to))).rejects.toMatchObject({ code: 'BAD_DAY_RANGE' });
  });

  it('that is temporary can be ended, and its history says so', async () => {
    const desk = new CaseDesk();
    await desk.change(limitTo(100_00));
    await desk.change(temporary(50_00, '2026-04-30'));
    await desk.change({ kind: 'limit.temporary.end', customer: ash, id: 1 }, 'Ben', 'the fair is off');
    expect((await desk.file()).limitTerms.size).toBe(0);
    const history = await readLimitHistory(desk.store.reader, company.id, ash.id);
    expect(history.map((one) => one.version.kind)).toEqual(['permanent', 'temporary', 'temporary']);
    const again = desk.change({ kind: 'limit.temporary.end', customer: ash, id: 1 });
    await expect(again).rejects.toMatchObject({ code: 'NOT_IN_FORCE' });
  });
});

describe('a dispute', () => {
  it('is looked at again within 30 days, not later, and each review gives 30 more', async () => {
    const desk = new CaseDesk();
    await expect(desk.change(dispute({ reviewBy: day('2026-04-11') }))).rejects.toMatchObject({
      code: 'BAD_DAY_RANGE',
    });
    await desk.change(dispute());
    const review = (reviewBy: string): CaseChange => ({
      ...{ kind: 'dispute.review', customer: ash, id: 1, reviewBy: day(reviewBy) },
    });
    desk.pass(10);
    await expect(desk.change(review('2026-04-21'))).rejects.toMatchObject({ code: 'BAD_DAY_RANGE' });
    await desk.change(review('2026-04-20'));
    expect((await desk.file()).disputes).toMatchObject([{ openedOn: '2026-03-11', reviewBy: '2026-04-20' }]);
  });

  it('is of no more than is open, and an invoice has one at a time', async () => {
    const desk = new CaseDesk();
    for (const amountMinor of [0, 500_01])
      await expect(desk.change(dispute({ amountMinor }))).rejects.toMatchObject({
        code: 'BAD_DISPUTE_AMOUNT',
      });
    await desk.change(dispute({ amountMinor: 500_00 }));
    await expect(desk.change(dispute())).rejects.toMatchObject({ code: 'DISPUTED_ALREADY' });
    await desk.change({ kind: 'dispute.close', customer: ash, id: 1 });
    expect(await desk.change(dispute())).toMatchObject({ id: 2 });
  });

  it('stays readable when it is closed, and is closed once', async () => {
    const desk = new CaseDesk();
    await desk.change(dispute());
    await desk.change({ kind: 'dispute.close', customer: ash, id: 1 });
    expect((await desk.file()).disputes).toEqual([]);
    expect(await readDisputeVersion(desk.store.reader, company.id, { id: 1 })).toMatchObject({
      state: 'closed',
    });
    const again = desk.change({ kind: 'dispute.close', customer: ash, id: 1 });
    await expect(again).rejects.toMatchObject({ code: 'NOT_OPEN' });
  });

  it('may lift a hold only after somebody other than who opened it approved it', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'manager']);
    await desk.change(dispute(), 'Ada');
    const approval: CaseChange = { kind: 'dispute.approve', customer: ash, id: 1, worthMinor: 500_00 };
    expect(await desk.change(approval, 'Ada')).toMatchObject({
      state: 'waiting',
      request: { verdict: { mayAnswer: ['Ben'] } },
    });
    expect((await desk.file()).disputes[0]?.approvedBy).toBeNull();
    await desk.approve(1, 'Ben');
    expect((await desk.file()).disputes[0]?.approvedBy).toBe('Ben');
    await expect(desk.change(approval, 'Ben')).rejects.toMatchObject({ code: 'APPROVED_ALREADY' });
  });

  it('is approved at once by somebody other than who opened it', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'manager']);
    await desk.change(dispute(), 'Ada');
    await desk.change({ kind: 'dispute.approve', customer: ash, id: 1, worthMinor: null }, 'Ben');
    expect((await desk.file()).disputes[0]?.approvedBy).toBe('Ben');
  });

  it('is not approved by who opened it, though somebody else asks for the approval', async () => {
    const desk = new CaseDesk({ may: [{ kind: 'dispute', role: 'manager', upTo: 100 }] });
    await desk.register(['Ada', 'boss'], ['Ben', 'manager']);
    await desk.change(dispute(), 'Ada');
    await desk.change({ kind: 'dispute.approve', customer: ash, id: 1, worthMinor: 500_00 }, 'Ben');
    desk.policy = { approvals: { may: [], expireAfterDays: 30 } };
    await expect(desk.approve(1, 'Ada')).rejects.toMatchObject({ code: 'MAY_NOT_DECIDE' });
  });
});

describe('a standing that a person set', () => {
  it('stays until it is lifted, and lasts no longer than it was given', async () => {
    const desk = new CaseDesk();
    await desk.change(standing('stop'));
    await desk.change({ ...standing('watch', '2026-03-12'), cause: 'insurer' } as CaseChange);
    desk.pass(300);
    expect((await desk.file()).manualStandings).toMatchObject([
      { standing: 'stop', cause: 'fraud', by: 'Ada' },
    ]);
    await desk.change(clear);
    expect((await desk.file()).manualStandings).toEqual([]);
    await expect(desk.change(clear)).rejects.toMatchObject({ code: 'NO_STANDING' });
  });

  it.each([
    ['lifted', clear],
    ['made milder', standing('watch')],
    ['given an end', standing('stop', '2026-03-12')],
  ])('is not %s without the yes of somebody else', async (_what, change) => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'clerk']);
    expect(await desk.change(standing('stop'), 'Ada')).toMatchObject({ state: 'done' });
    expect(await desk.change(change, 'Ada')).toMatchObject({ state: 'waiting' });
    expect((await desk.file()).manualStandings).toMatchObject([{ standing: 'stop', until: null }]);
    await desk.approve(1, 'Ben');
    expect((await desk.file()).manualStandings).not.toMatchObject([{ standing: 'stop', until: null }]);
  });

  it('is made more severe by anybody at once', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'clerk']);
    await desk.change(standing('watch'), 'Ada');
    expect(await desk.change(standing('stop'), 'Ben')).toMatchObject({ state: 'done' });
  });
});

describe('a release', () => {
  it('ends by itself, or before when somebody says so', async () => {
    const desk = new CaseDesk();
    await desk.change(release());
    expect((await desk.file()).releases).toMatchObject([
      { by: 'Ada', until: '2026-03-20', upToExposureMinor: 900_00 },
    ]);
    desk.pass(10);
    expect((await desk.file()).releases).toEqual([]);
    await desk.change(release('2026-03-31'));
    await desk.change({ kind: 'release.end', customer: ash, id: 2 });
    expect((await desk.file()).releases).toEqual([]);
  });

  it('is granted by who approved it, and counts from then', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'clerk']);
    await desk.change(release(), 'Ada');
    desk.pass(1);
    await desk.approve(1, 'Ben');
    expect((await desk.file()).releases).toMatchObject([
      { by: 'Ben', from: '2026-03-12', reason: 'they asked' },
    ]);
  });

  it('is not granted any more once its last day is over', async () => {
    const desk = new CaseDesk();
    await desk.register(['Ada', 'clerk'], ['Ben', 'clerk']);
    await desk.change(release(), 'Ada');
    desk.pass(10);
    await expect(desk.approve(1, 'Ben')).rejects.toMatchObject({ code: 'BAD_DAY_RANGE' });
  });
});

describe('a tag', () => {
  it('is on a customer once, and off when it is taken off', async () => {
    const desk = new CaseDesk();
    const tag = (kind: 'tag.add' | 'tag.remove', name: string, customer = ash): CaseChange => ({
      kind,
      customer,
      tag: name,
    });
    for (const name of ['export', 'key account', 'export']) await desk.change(tag('tag.add', name));
    await desk.change(tag('tag.add', 'export', birch));
    await desk.change(tag('tag.remove', 'export'));
    expect((await desk.file()).tags).toEqual(
      new Map([
        [ash.id, ['key account']],
        [birch.id, ['export']],
      ]),
    );
    await expect(desk.change(tag('tag.remove', 'export'))).rejects.toMatchObject({ code: 'NOT_TAGGED' });
    for (const name of ['', '=cmd', 'a\nb', 'a,b', 'x'.repeat(101)])
      await expect(desk.change(tag('tag.add', name)), name).rejects.toMatchObject({ code: 'BAD_TAG' });
  });
});

describe('a promise', () => {
  const add = (fields: object = {}) =>
    ({
      ...{ kind: 'promise.add', customer: ash, amountMinor: 100_00, currency: 'GBP' },
      ...{ dueOn: day('2026-03-20'), invoices: [] },
      ...fields,
    }) as CaseChange;

  it('is of something, and of a day to come', async () => {
    const desk = new CaseDesk();
    await expect(desk.change(add({ amountMinor: 0 }))).rejects.toMatchObject({ code: 'BAD_PROMISE_AMOUNT' });
    await expect(desk.change(add({ dueOn: day('2026-03-10') }))).rejects.toMatchObject({
      code: 'BAD_DAY_RANGE',
    });
  });

  it('is listed newest first, also when it was withdrawn', async () => {
    const desk = new CaseDesk();
    await desk.change(add());
    desk.pass(1);
    await desk.change(add({ amountMinor: 5_00 }), 'Ben');
    await desk.change({ kind: 'promise.withdraw', customer: ash, id: 1 });
    expect((await desk.file()).promises).toMatchObject([
      { id: 2, takenBy: 'Ben', promisedOn: '2026-03-12', state: 'open' },
      { id: 1, takenBy: 'Ada', promisedOn: '2026-03-11', state: 'withdrawn' },
    ]);
  });
});

describe('a dry run', () => {
  it('comes to what the change would come to, and leaves nothing behind', async () => {
    const desk = new CaseDesk();
    expect(await desk.change(dispute(), 'Ada', 'x', true)).toMatchObject({ state: 'done', id: 1 });
    expect(await desk.change(limitTo(5), 'Ada', 'x', true)).toMatchObject({ state: 'done' });
    const file = await desk.file();
    expect([file.disputes, file.limits.entries, await readAudit(desk.store.reader, 10)]).toEqual([
      [],
      [],
      [],
    ]);
    await expect(desk.change(dispute({ amountMinor: 0 }), 'Ada', 'x', true)).rejects.toMatchObject({
      code: 'BAD_DISPUTE_AMOUNT',
    });
  });
});
