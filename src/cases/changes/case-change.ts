import type { ConnectionId, CustomerId, Day, DocumentId } from '../../domain/index.ts';
import type { Reader, Tx } from '../../store/index.ts';
import type { Question } from '../approval.ts';
import type { InsuredLimit, ManualStanding } from '../case-file.ts';
import type { DatedChange } from '../change.ts';
import type { LimitTable } from '../limits.ts';

/** The company that a change is about. */
export interface CaseConnection {
  id: ConnectionId;
  baseCurrency: string;
  timeZone: string;
}

export interface NamedId {
  id: CustomerId;
  name: string;
}

export interface DisputedInvoice {
  id: DocumentId;
  number: string;
  currency: string;
  openMinor: number;
}

/** A change of limits; `customer` null = those of a file. */
export type LimitChange =
  | { kind: 'limit.set'; customer: NamedId | null; table: LimitTable }
  | { kind: 'limit.temporary'; customer: NamedId; amountMinor: number; from: Day; to: Day }
  | { kind: 'limit.temporary.end'; customer: NamedId; id: number }
  | { kind: 'limit.insure'; customer: NamedId; insured: InsuredLimit | null; from: Day };

export type DisputeChange =
  | {
      kind: 'dispute.open';
      customer: NamedId;
      invoice: DisputedInvoice;
      amountMinor: number | null;
      owner: string;
      reviewBy: Day;
    }
  | { kind: 'dispute.review'; customer: NamedId; id: number; reviewBy: Day }
  /** `worthMinor`: what is disputed in base currency; null = unknown. */
  | { kind: 'dispute.approve'; customer: NamedId; id: number; worthMinor: number | null }
  | { kind: 'dispute.close'; customer: NamedId; id: number };

export type PromiseChange =
  | {
      kind: 'promise.add';
      customer: NamedId;
      amountMinor: number;
      currency: string;
      dueOn: Day;
      invoices: { id: DocumentId; number: string }[];
    }
  | { kind: 'promise.withdraw'; customer: NamedId; id: number };

/** `exposureMinor`: what the customer owes in base currency, the worth of lifting; null = unknown. */
export type StandingChange =
  | {
      kind: 'standing.set';
      customer: NamedId;
      standing: ManualStanding['standing'];
      cause: ManualStanding['cause'];
      until: Day | null;
      exposureMinor: number | null;
    }
  /** `cause` null = whatever the cause. */
  | {
      kind: 'standing.clear';
      customer: NamedId;
      cause: ManualStanding['cause'] | null;
      exposureMinor: number | null;
    };

export type ReleaseChange =
  | {
      kind: 'release.grant';
      customer: NamedId;
      upToMinor: number;
      until: Day;
      orderReference: string | null;
    }
  | { kind: 'release.end'; customer: NamedId; id: number };

export interface TagChange {
  kind: 'tag.add' | 'tag.remove';
  customer: NamedId;
  tag: string;
}

/** One thing that somebody wants to be otherwise. Plain JSON: a request keeps it until it is carried out. */
export type CaseChange =
  LimitChange | DisputeChange | PromiseChange | StandingChange | ReleaseChange | TagChange;

/** Who asks for a change, of which company, on which day there. */
export interface Asking {
  connection: CaseConnection;
  today: Day;
  by: string;
  why: string;
}

/** A change that was looked at: it can be done, and this is what it comes to. */
export interface Prepared {
  /** One sentence for lists and messages. */
  summary: string;
  /** What the audit log keeps of it. */
  details: Record<string, unknown>;
  /** Whose yes it needs; null = anybody's who may act at all. `askedBy` is only there when it is not who asks now. */
  question: (Pick<Question, 'kind' | 'amountMinor'> & { askedBy?: string }) | null;
  /** Writes it down. Answers the number of what was made or changed, where it has one. */
  commit(tx: Tx, change: DatedChange, approvedBy: string[]): Promise<number | null>;
}

/** Looks at a change in the state that a reader shows; throws when it cannot be done. */
export type Prepare<C extends CaseChange> = (reader: Reader, asking: Asking, change: C) => Promise<Prepared>;
