import { describe, expect, it } from 'vitest';
import { addDays, customerId, documentId, type CustomerId, type Day } from '../../src/domain/index.ts';
import { computeFacts, type FactsInput } from '../../src/facts/index.ts';
import {
  covers,
  dueReminders,
  type Episode,
  type ReminderInput,
  type ReminderPlan,
  type ReminderRecord,
} from '../../src/reminders/index.ts';
import { caseNotes, dispute, promise } from '../support/case-notes.ts';
import {
  AS_OF,
  factsInput,
  ledgerCustomer,
  openCredit,
  openInvoice,
  policyWith,
  rateTable,
} from '../support/facts-builders.ts';
import { day } from '../support/mirror-records.ts';

const policy = policyWith();
const c1 = customerId('c1');

function plan(fields: Partial<FactsInput>, past: Partial<ReminderInput> = {}): ReminderPlan {
  const facts = computeFacts(factsInput(fields));
  return dueReminders({
    facts,
    policy,
    asOf: fields.asOf ?? AS_OF,
    excluded: new Set(),
    episodes: new Map(),
    episodeCounts: new Map(),
    history: new Map(),
    ...past,
  });
}
const late = (
  number: string,
  minor: number,
  daysLate: number,
  fields: Parameters<typeof openInvoice>[2] = {},
) => openInvoice(number, minor, { ...fields, due: addDays(AS_OF, -daysLate) });
const brief = ({ due }: ReminderPlan): string[] =>
  due.map(
    (one) => `${one.billTo} ${one.episode} ${one.step}: ${one.invoices.map((i) => i.number).join(' ')}`,
  );
const openEpisode = (number = 1, billTo = c1): ReadonlyMap<CustomerId, Episode> =>
  new Map([[billTo, { billTo, number, openedOn: day('2026-03-01') }]]);
const sent = (step: number, asOf: Day, episode = '1'): ReadonlyMap<CustomerId, ReminderRecord[]> =>
  new Map([[c1, [{ billTo: c1, episode, step, asOf, state: 'sent' }]]]);

describe('a customer with overdue invoices', () => {
  it('gets one message with all of them, oldest first, and nothing that is not due', () => {
    const invoices = [late('B', 20_00, 1), late('A', 10_00, 9), late('C', 40_00, 0), late('D', 80_00, -9)];
    const { due } = plan({ invoices });
    expect(due).toHaveLength(1);
    expect(due[0]).toMatchObject({
      billTo: 'c1',
      billToName: 'Customer c1',
      addresses: ['accounts@c1.example'],
      episode: '1',
      step: 1,
      asOf: AS_OF,
      daysOverdue: 9,
    });
    expect(due[0]?.invoices.map((invoice) => invoice.number)).toEqual(['A', 'B']);
  });

  it('gets none for less than the tolerance, and one from it on', () => {
    expect(plan({ invoices: [late('A', 99, 9)] })).toMatchObject({ due: [], opened: [] });
    expect(brief(plan({ invoices: [late('A', 50, 9), late('B', 50, 9)] }))).toEqual(['c1 1 1: A B']);
  });

  it('gets none within the days of grace', () => {
    const lenient = policyWith((draft) => {
      draft.overdue.graceDays = 5;
    });
    expect(plan({ invoices: [late('A', 50_00, 5)] }, { policy: lenient }).due).toEqual([]);
    expect(brief(plan({ invoices: [late('A', 50_00, 6)] }, { policy: lenient }))).toEqual(['c1 1 1: A']);
  });

  it('gets one also in a currency whose rate is not known: what is asked for needs no rate', () => {
    expect(brief(plan({ invoices: [late('A', 50_00, 9, { currency: 'USD' })] }))).toEqual(['c1 1 1: A']);
  });

  it('gets none when it is excluded', () => {
    const invoices = [late('A', 50_00, 9), late('B', 50_00, 9, { customer: 'c2' })];
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2')];
    expect(brief(plan({ customers, invoices }, { excluded: new Set([c1]) }))).toEqual(['c2 1 1: B']);
  });

  it('gets none while a row of it lies in quarantine', () => {
    expect(plan({ invoices: [late('A', 50_00, 9)], incomplete: new Set([c1]) }).due).toEqual([]);
  });
});

describe('a person has something to do instead', () => {
  it('when what the customer has in its favour reaches what is overdue: allocate it', () => {
    const made = plan({ invoices: [late('A', 50_00, 9)], credits: [openCredit('CN', 50_00)] });
    expect(made.due).toEqual([]);
    expect(made.tasks).toMatchObject([{ billTo: 'c1', kind: 'allocate' }]);
    expect(made.tasks[0]?.text).toContain('CN of 2026-03-01');
    expect(plan({ invoices: [late('A', 50_00, 9)], credits: [openCredit('CN', 49_99)] }).tasks).toEqual([]);
  });

  it('when there is no address', () => {
    const customers = [ledgerCustomer('c1', { emails: [] })];
    expect(plan({ customers, invoices: [late('A', 50_00, 9)] })).toMatchObject({
      due: [],
      tasks: [{ kind: 'no-address' }],
    });
  });

  it('when the customer is archived', () => {
    const customers = [ledgerCustomer('c1', { status: 'archived' })];
    expect(plan({ customers, invoices: [late('A', 50_00, 9)] })).toMatchObject({
      due: [],
      tasks: [{ kind: 'archived' }],
    });
  });

  it('when it reaches the policy’s share of what is overdue, and never when that is 0', () => {
    const share = (percent: number) =>
      policyWith((draft) => {
        draft.gates.unappliedCashAtLeastPercent = percent;
      });
    const fields = { invoices: [late('A', 50_00, 9)], credits: [openCredit('CN', 25_00)] };
    expect(plan(fields, { policy: share(50) }).tasks).toMatchObject([{ kind: 'allocate' }]);
    expect(plan(fields, { policy: share(51) }).tasks).toEqual([]);
    const whole = { ...fields, credits: [openCredit('CN', 50_00)] };
    expect(brief(plan(whole, { policy: share(0) }))).toEqual(['c1 1 1: A']);
  });

  it('but not for a courtesy, and not when no step is due', () => {
    const customers = [ledgerCustomer('c1', { emails: [] })];
    expect(plan({ customers, invoices: [late('A', 50_00, -2)] }).tasks).toEqual([]);
    const past = { episodes: openEpisode(), history: sent(1, day('2026-03-09')) };
    expect(plan({ customers, invoices: [late('A', 50_00, 3)] }, past).tasks).toEqual([]);
  });
});

describe('the chase of a disputed invoice', () => {
  const invoices = [late('A', 50_00, 9), late('B', 70_00, 3)];
  const disputed = (fields = {}) => caseNotes({ disputes: [dispute('A', fields)] });

  it('rests until the day of review, and that of the others goes on', () => {
    expect(brief(plan({ invoices, notes: disputed() }))).toEqual(['c1 1 1: B']);
    expect(brief(plan({ invoices, notes: disputed({ reviewBy: AS_OF }) }))).toEqual(['c1 1 1: B']);
    const past = disputed({ reviewBy: addDays(AS_OF, -1) });
    expect(brief(plan({ invoices, notes: past }))).toEqual(['c1 1 1: A B']);
  });

  it('rests as a whole also when only part of it is disputed: nobody is reminded of a sum in question', () => {
    expect(brief(plan({ invoices, notes: disputed({ amountMinor: 1 }) }))).toEqual(['c1 1 1: B']);
  });

  it('keeps its episode while nothing else is overdue, and resumes at the same step', () => {
    const only = { invoices: [late('A', 50_00, 9)] };
    const past = { episodes: openEpisode(), history: sent(1, day('2026-03-03')) };
    const paused = plan({ ...only, notes: disputed() }, past);
    expect(paused).toMatchObject({ due: [], closed: [], tasks: [] });
    expect(brief(plan(only, past))).toEqual(['c1 1 7: A']);
  });
});

describe('a promise to pay', () => {
  const invoices = [late('A', 50_00, 9), late('B', 70_00, 3)];
  const promised = (fields: Parameters<typeof promise>[0]) => caseNotes({ promises: [promise(fields)] });

  it('of no certain invoices rests the whole chase until two days after its day', () => {
    for (const [days, resumes] of [
      [0, false],
      [-2, false],
      [-3, true],
    ] as const) {
      const notes = promised({ dueOn: addDays(AS_OF, days) });
      expect(brief(plan({ invoices, notes }))).toEqual(resumes ? ['c1 1 1: A B'] : []);
    }
  });

  it('of certain invoices rests the chase of these', () => {
    const notes = promised({ invoiceIds: [documentId('id-A')] });
    expect(brief(plan({ invoices, notes }))).toEqual(['c1 1 1: B']);
  });

  it.each(['broken', 'kept', 'withdrawn'] as const)('that is %s rests nothing', (state) => {
    expect(brief(plan({ invoices, notes: promised({ state }) }))).toEqual(['c1 1 1: A B']);
  });

  it('of the bill-to customer rests what is billed to it; of a sub-customer only its own', () => {
    const customers = [ledgerCustomer('c1'), ledgerCustomer('c2', { parent: 'c1', billWithParent: true })];
    const both = [late('A', 50_00, 9), late('B', 70_00, 3, { customer: 'c2' })];
    const by = (id: string) => promised({ customerId: customerId(id) });
    expect(brief(plan({ customers, invoices: both, notes: by('c1') }))).toEqual([]);
    expect(brief(plan({ customers, invoices: both, notes: by('c2') }))).toEqual(['c1 1 1: A']);
  });
});

describe('the policy of a segment', () => {
  it('decides on the days of grace and the tolerance of the chase', () => {
    const lenient = policyWith((draft) => {
      draft.segments = [
        { name: 'friends', when: { tag: ['friend'] }, set: { graceDays: 10, tolerance: 60 } },
      ];
    });
    const notes = caseNotes({ tags: new Map([[c1, ['friend']]]) });
    const of = (fields: Partial<FactsInput>) => brief(plan(fields, { policy: lenient }));
    expect(of({ invoices: [late('A', 70_00, 10)] })).toEqual(['c1 1 1: A']);
    expect(of({ invoices: [late('A', 70_00, 10)], notes })).toEqual([]);
    expect(of({ invoices: [late('A', 70_00, 11)], notes })).toEqual(['c1 1 1: A']);
    expect(of({ invoices: [late('A', 59_99, 11)], notes })).toEqual([]);
  });
});

describe('unapplied money covers what is due', () => {
  const pounds = (minor: number) => [{ currency: 'GBP', openMinor: minor }];
  const euros = (minor: number) => [{ currency: 'EUR', openMinor: minor }];

  it.each([
    [99_99, false],
    [100_00, true],
    [100_01, true],
  ])('at the whole sum and not before: %s of 100.00', (minor, answer) => {
    expect(covers(pounds(minor), [...pounds(60_00), ...pounds(40_00)])).toBe(answer);
  });

  it('only in the same currency', () => {
    expect(covers(euros(500_00), pounds(100_00))).toBe(false);
    expect(covers(euros(500_00), [...pounds(100_00), ...euros(500_00)])).toBe(true);
  });

  it('never when there is none, or nothing to cover', () => {
    expect(covers([], pounds(100_00))).toBe(false);
    expect(covers(pounds(0), pounds(0))).toBe(false);
    expect(covers(pounds(5_00), [])).toBe(false);
  });
});

describe('a courtesy before the due day', () => {
  it('names everything that falls due on the next due day within three days, and nothing later', () => {
    const invoices = [late('A', 10_00, -2), late('B', 20_00, -2), late('C', 40_00, -3), late('D', 80_00, -4)];
    expect(brief(plan({ invoices }))).toEqual(['c1 due-2026-03-13 -3: A B']);
    expect(brief(plan({ invoices: [late('C', 40_00, -3)] }))).toEqual(['c1 due-2026-03-14 -3: C']);
    expect(plan({ invoices: [late('D', 80_00, -4)] }).due).toEqual([]);
    expect(plan({ invoices: [late('E', 80_00, 0)] }).due).toEqual([]);
  });

  it('is sent once per due day', () => {
    const invoices = [late('A', 10_00, -1)];
    const past = { history: sent(-3, day('2026-03-01'), 'due-2026-03-12') };
    expect(plan({ invoices }, past).due).toEqual([]);
    expect(
      brief(plan({ invoices }, { history: sent(-3, day('2026-03-01'), 'due-2026-02-12') })),
    ).toHaveLength(1);
  });

  it('opens no episode, and gives way to what is overdue', () => {
    expect(plan({ invoices: [late('A', 10_00, -1)] }).opened).toEqual([]);
    expect(brief(plan({ invoices: [late('A', 10_00, -1), late('B', 10_00, 1)] }))).toEqual(['c1 1 1: B']);
  });

  it('is not sent by a ladder that has no step before the due day', () => {
    const after = policyWith((draft) => {
      draft.reminders.steps = [1, 7];
    });
    expect(plan({ invoices: [late('A', 10_00, -1)] }, { policy: after }).due).toEqual([]);
  });
});

describe('a dunning episode', () => {
  it('opens on the first day with something overdue, also when no message can be sent', () => {
    const { opened } = plan({ invoices: [late('A', 50_00, 1)] });
    expect(opened).toEqual([{ billTo: 'c1', number: 1, openedOn: AS_OF }]);
    const customers = [ledgerCustomer('c1', { emails: [] })];
    expect(plan({ customers, invoices: [late('A', 50_00, 1)] }).opened).toHaveLength(1);
  });

  it('goes on while anything is overdue, whichever invoice that is', () => {
    const made = plan(
      { invoices: [late('NEW', 50_00, 1)] },
      { episodes: openEpisode(), episodeCounts: new Map([[c1, 1]]) },
    );
    expect(made).toMatchObject({ opened: [], closed: [] });
  });

  it('closes when nothing is overdue any more, also when nothing is open at all', () => {
    expect(plan({ invoices: [late('A', 50_00, 0)] }, { episodes: openEpisode(2) }).closed).toMatchObject([
      { number: 2 },
    ]);
    expect(plan({}, { episodes: openEpisode(2) }).closed).toHaveLength(1);
    expect(plan({ customers: [] }, { episodes: openEpisode(2) }).closed).toHaveLength(1);
  });

  it('begins anew with a new number and the first step', () => {
    const made = plan(
      { invoices: [late('A', 50_00, 20)] },
      { episodeCounts: new Map([[c1, 4]]), history: sent(14, day('2026-01-15'), '4') },
    );
    expect(made.opened).toEqual([{ billTo: 'c1', number: 5, openedOn: AS_OF }]);
    expect(brief(made)).toEqual(['c1 5 1: A']);
  });

  it('stays open while the customer is excluded or in quarantine, so that it resumes where it was', () => {
    const fields = { invoices: [late('A', 50_00, 20)] };
    expect(plan(fields, { episodes: openEpisode(), excluded: new Set([c1]) })).toMatchObject({
      due: [],
      closed: [],
    });
    const unread = { ...fields, incomplete: new Set([c1]) };
    expect(plan(unread, { episodes: openEpisode() })).toMatchObject({ due: [], closed: [] });
    expect(brief(plan(fields, { episodes: openEpisode(), history: sent(7, day('2026-03-01')) }))).toEqual([
      'c1 1 14: A',
    ]);
  });
});

describe('sub-customers', () => {
  const bill = (id: string, parent: string, withParent: boolean) =>
    ledgerCustomer(id, { parent, billWithParent: withParent });
  const customers = [
    ledgerCustomer('c1'),
    bill('with', 'c1', true),
    bill('deep', 'with', true),
    bill('alone', 'c1', false),
  ];
  const invoices = ['c1', 'with', 'deep', 'alone'].map((id, i) => late(id, 10_00, 9 - i, { customer: id }));

  it('that are billed with their parent are in its message, at any depth; others get their own', () => {
    const { due } = plan({ customers, invoices });
    expect(due.map((one) => [one.billTo, one.invoices.map((invoice) => invoice.number)])).toEqual([
      ['c1', ['c1', 'with', 'deep']],
      ['alone', ['alone']],
    ]);
  });

  it('open one episode with it', () => {
    expect(plan({ customers, invoices }).opened.map((episode) => episode.billTo)).toEqual(['c1', 'alone']);
  });

  it('may be excluded by themselves', () => {
    const { due } = plan({ customers, invoices }, { excluded: new Set([customerId('with')]) });
    expect(due[0]?.invoices.map((invoice) => invoice.number)).toEqual(['c1', 'deep']);
  });

  it('count their credits against the parent’s message', () => {
    const credits = [openCredit('CN', 30_00, { customer: 'deep' })];
    expect(plan({ customers, invoices, credits }).tasks).toMatchObject([{ billTo: 'c1', kind: 'allocate' }]);
  });
});

describe('an account in several currencies', () => {
  it('is reminded of all of them in one message', () => {
    const invoices = [late('A', 10_00, 9), late('B', 10_00, 8, { currency: 'EUR' })];
    expect(brief(plan({ invoices, rates: rateTable({ EUR: '0.86' }) }))).toEqual(['c1 1 1: A B']);
  });
});

describe('the tone of a message', () => {
  const toneOf = (past: Partial<ReminderInput>, daysLate = 40): number | undefined =>
    plan({ invoices: [late('A', 50_00, daysLate)] }, { episodes: openEpisode(), ...past }).due[0]?.position;
  const record = (step: number, date: string, state: ReminderRecord['state']): ReminderRecord => ({
    billTo: c1,
    episode: '1',
    step,
    asOf: day(date),
    state,
  });
  const history = (...records: ReminderRecord[]) => ({ history: new Map([[c1, records]]) });

  it('goes by what the debtor has had in this episode, however late it is found', () => {
    expect(toneOf({})).toBe(0);
    expect(toneOf(history(record(1, '2026-02-01', 'sent')))).toBe(1);
    expect(toneOf(history(record(1, '2026-02-01', 'sent'), record(7, '2026-02-10', 'unknown')))).toBe(2);
    expect(toneOf({ history: sent(30, day('2026-01-01'), '0') })).toBe(0);
  });

  it('does not count what never reached the debtor', () => {
    expect(toneOf(history(record(1, '2026-02-01', 'refused')))).toBe(0);
    expect(toneOf(history(record(1, '2026-02-01', 'expired')))).toBe(0);
  });

  it('goes by the step where the ladder begins with the step of the day', () => {
    const contextual = policyWith((draft) => {
      draft.reminders.entry = 'contextual';
    });
    expect(toneOf({ policy: contextual })).toBe(3);
    expect(toneOf({ policy: contextual }, 8)).toBe(1);
  });
});
