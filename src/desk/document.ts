import type { PlatformName } from '../domain/index.ts';
import type { Conversion } from '../facts/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { DeskAnswer } from './desk.ts';
import type { AnswerReason, LimitCheck } from './order-answer.ts';

/** An answer as it is written down: `holdfast check --json` and GET /api/v1/credit-check. Minor units. */
export interface AnswerDocument {
  answer: 'yes' | 'ask' | 'no';
  why: string;
  reasons: { code: string; answer: string; text: string }[];
  conditions: string[];
  connection: { id: string; platform: PlatformName; name: string };
  customer: { id: string; remoteId: string; name: string; mergedFrom: string | null };
  debtor: { id: string; remoteId: string; name: string };
  order: { amountMinor: number; currency: string; reference: string | null; baseMinor: number | null };
  /** Of every amount below. */
  currency: string;
  exposure: { beforeMinor: number | null; afterMinor: number | null };
  yesUpToMinor: number | null;
  limits: LimitDocument[];
  standing: { standing: string; since: string; reasons: { rule: string; text: string }[] };
  clearing: ClearingDocument | null;
  release: { by: string; scope: string; upToExposureMinor: number; until: string; reason: string } | null;
  rates: Conversion[];
  freshness: {
    asOf: string;
    run: number;
    syncedAt: string;
    newerRun: string | null;
    stale: boolean;
  };
  policy: { name: string; version: string };
  checkedAt: string;
}

type LimitDocument = Pick<
  LimitCheck,
  'of' | 'name' | 'limitMinor' | 'isDefault' | 'beforeMinor' | 'afterMinor' | 'headroomMinor' | 'standing'
>;

/** The smallest payment that would lift what stands in the way. */
interface ClearingDocument {
  amountMinor: number;
  currency: string;
  invoices: string[];
  sentence: string;
}

/** One shape, whatever the answer is: every field is always there. */
export function describeAnswer(answer: DeskAnswer): AnswerDocument {
  const { connection, order, orderInBase, standing, freshness } = answer;
  const rates = orderInBase === null ? answer.rates : withOrderRate(answer.rates, orderInBase);
  return {
    answer: answer.answer,
    why: answer.why,
    reasons: answer.reasons.map(describeReason),
    conditions: answer.conditions,
    connection: refOf(connection),
    customer: {
      id: `${connection.id}:${answer.customerId}`,
      remoteId: answer.customerId,
      name: answer.customerName,
      mergedFrom: answer.mergedFrom,
    },
    debtor: {
      id: `${connection.id}:${answer.debtorId}`,
      remoteId: answer.debtorId,
      name: answer.debtorName,
    },
    order: { ...order, baseMinor: orderInBase?.baseMinor ?? null },
    currency: answer.baseCurrency,
    exposure: { beforeMinor: answer.exposureBeforeMinor, afterMinor: answer.exposureAfterMinor },
    yesUpToMinor: answer.yesUpToMinor,
    limits: answer.limits.map(describeLimit),
    standing: {
      standing: standing.standing,
      since: standing.since,
      reasons: standing.reasons.map(({ rule, explanation }) => ({ rule, text: explanation })),
    },
    clearing: standing.clearing,
    release: describeRelease(answer),
    rates,
    freshness: {
      asOf: freshness.asOf,
      run: freshness.run,
      syncedAt: isoOf(freshness.syncedAtMs),
      newerRun: freshness.newerRun,
      stale: freshness.stale !== null,
    },
    policy: { name: answer.policyName, version: answer.policyHash },
    checkedAt: isoOf(answer.checkedAtMs),
  };
}

const refOf = ({ id, platform, name }: Connection): AnswerDocument['connection'] => ({ id, platform, name });

const describeReason = ({ code, answer, text }: AnswerReason) => ({ code, answer, text });

function describeLimit(limit: LimitCheck): LimitDocument {
  const { of, name, limitMinor, isDefault, beforeMinor, afterMinor, headroomMinor, standing } = limit;
  return { of, name, limitMinor, isDefault, beforeMinor, afterMinor, headroomMinor, standing };
}

function describeRelease({ release }: DeskAnswer): AnswerDocument['release'] {
  if (release === null) return null;
  const { by, scope, upToExposureMinor, until, reason } = release;
  return { by, scope, upToExposureMinor, until, reason };
}

/** The rates of what is owed; the order's own beside them when its currency is another. */
const withOrderRate = (rates: Conversion[], order: Conversion): Conversion[] =>
  rates.some(({ currency }) => currency === order.currency)
    ? rates
    : [...rates, { ...order, openMinor: 0, baseMinor: 0 }];

const isoOf = (ms: number): string => new Date(ms).toISOString();
