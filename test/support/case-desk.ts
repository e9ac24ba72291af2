import {
  answerRequest,
  changeCase,
  changePerson,
  readCaseFile,
  type AnswerOutcome,
  type ApprovalPolicy,
  type CaseChange,
  type CaseFile,
  type Outcome,
  type RequestAnswer,
} from '../../src/cases/index.ts';
import { connectionId, customerId, dayAt } from '../../src/domain/index.ts';
import type { Store } from '../../src/store/index.ts';
import { ManualClock } from './manual-clock.ts';
import { tempStore } from './temp-store.ts';

const DAY_MS = 86_400_000;

export const ash = { id: customerId('ash'), name: 'Ash Ltd' };
export const birch = { id: customerId('birch'), name: 'Birch Ltd' };
export const company = { id: connectionId('xero-1'), baseCurrency: 'GBP', timeZone: 'Europe/London' };

/** People at work on one company's cases: a real database, a clock that a test moves, a policy of approvals. */
export class CaseDesk {
  readonly store: Store;
  readonly clock = new ManualClock(Date.parse('2026-03-11T10:00:00Z'));
  policy: ApprovalPolicy;

  constructor(approvals: Partial<ApprovalPolicy['approvals']> = {}, store = tempStore()) {
    this.store = store;
    this.policy = { approvals: { may: [], expireAfterDays: 30, ...approvals } };
  }

  async register(...people: [name: string, role: string, upTo?: string][]): Promise<void> {
    for (const [name, role, upTo = null] of people)
      await changePerson(this, { name, role, upTo }, 'present', people[0]?.[0] ?? name);
  }

  change(change: CaseChange, by = 'Ada', why = 'they asked', dryRun = false): Promise<Outcome> {
    return changeCase({ ...this.#deps(), dryRun }, { connection: company, change, by, why });
  }

  answer(id: number, answer: RequestAnswer, by: string): Promise<AnswerOutcome> {
    return answerRequest(this.#deps(), company, id, answer, by);
  }

  approve(id: number, by: string, edition: number | null = null): Promise<AnswerOutcome> {
    return this.answer(id, { kind: 'approve', edition, why: '' }, by);
  }

  file(): Promise<CaseFile> {
    const asOf = dayAt(this.clock.nowMs(), company.timeZone);
    return readCaseFile(this.store.reader, company.id, { asOf, knownAtMs: Infinity });
  }

  pass(days: number): void {
    this.clock.advance(days * DAY_MS);
  }

  #deps() {
    return { store: this.store, clock: this.clock, policy: this.policy };
  }
}

/** A change of Ash's limit to an amount; null = unlimited. */
export const limitTo = (limitMinor: number | null): CaseChange => {
  const limit =
    limitMinor === null ? ({ kind: 'unlimited' } as const) : ({ kind: 'amount', limitMinor } as const);
  return {
    kind: 'limit.set',
    customer: ash,
    table: { entries: [{ customerId: ash.id, limit, group: null }], groups: [] },
  };
};
