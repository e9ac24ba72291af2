import type { CustomerId, Day } from '../domain/index.ts';
import type { HoldRelease } from '../cases/index.ts';
import type { Conversion } from '../facts/index.ts';
import type { StandingRecord } from '../decisions/index.ts';
import type { Standing } from '../policy/index.ts';

/** 'ask': a person decides, or the condition that is named is met first. */
export type Answer = 'yes' | 'ask' | 'no';

/** Stable; what stands behind each is in docs/order-desk.md. */
export type AnswerCode =
  | 'on-stop'
  | 'on-hold'
  | 'prepay'
  | 'approve-first'
  | 'watch'
  | 'over-limit'
  | 'near-limit'
  | 'group-over-limit'
  | 'group-near-limit'
  | 'cash-only'
  | 'unassessed'
  | 'archived'
  | 'cannot-decide'
  | 'order-rate-missing'
  | 'stale'
  | 'excluded'
  | 'hold-taken-away'
  | 'released'
  | 'release-exceeded';

/** One thing that speaks for an answer. The worst of them decides, unless a person's release covers it. */
export interface AnswerReason {
  code: AnswerCode;
  answer: Answer;
  /** One sentence. */
  text: string;
  /** A person's release may let the order through all the same. */
  canBeReleased: boolean;
}

/** An order as somebody asks for it. Minor units of its own currency. */
export interface Order {
  amountMinor: number;
  currency: string;
  /** The order's number in the shop; a release for one order is found by it. */
  reference: string | null;
}

/** What would turn an 'ask' into a yes. */
export type Condition = 'prepaid-in-full' | 'approval' | 'newer-figures';

/** A limit that the order counts against. Minor units of the base currency. */
export interface LimitCheck {
  /** Whose: a group's, the customer's own, or a parent's that answers for it. */
  of: 'group' | 'own' | 'parent';
  name: string;
  limitMinor: number;
  /** The policy gives it to customers that nobody assessed. */
  isDefault: boolean;
  beforeMinor: number;
  afterMinor: number;
  /** Limit less exposure before the order; negative when it is passed already. */
  headroomMinor: number;
  /** The standing that the limit rules ask for after the order. */
  standing: Standing;
  answer: Answer;
  /** The highest exposure at which this limit says yes; null = at any. */
  yesUpToMinor: number | null;
}

/** How old the figures are that an answer rests on. */
export interface Freshness {
  asOf: Day;
  run: number;
  /** When everything was last brought up to date, epoch ms. */
  syncedAtMs: number;
  /** A newer run is under way or failed: it is not looked at before it is published. */
  newerRun: 'open' | 'failed' | null;
  /** Why the figures are too old to say yes; null when they are not. */
  stale: string | null;
}

/** The answer of the order desk with all that it rests on. Minor units of the base currency unless said otherwise. */
export interface OrderAnswer {
  answer: Answer;
  /** One paragraph for people. */
  why: string;
  /** The worst first; those that a release covers are left out. */
  reasons: AnswerReason[];
  conditions: Condition[];
  customerId: CustomerId;
  customerName: string;
  /** Who answers for what this customer owes: its topmost parent, or itself. */
  debtorId: CustomerId;
  debtorName: string;
  order: Order;
  /** The order in base currency with the rate; null when none is known. */
  orderInBase: Conversion | null;
  baseCurrency: string;
  /** Sub-customers counted; null when a rate is missing. */
  exposureBeforeMinor: number | null;
  exposureAfterMinor: number | null;
  /** Groups first, then the customer's own limit, then its parents'. */
  limits: LimitCheck[];
  /** The largest order that would be answered with yes now; null = any. */
  yesUpToMinor: number | null;
  /** The standing of now, before anybody's release; `since` is the day on which it came to be. */
  standing: StandingRecord;
  /** The release that lets the order through. */
  release: HoldRelease | null;
  rates: Conversion[];
  freshness: Freshness;
  policyName: string;
  policyHash: string;
}
