import type { ConnectionId, CustomerId, Day } from '../../domain/index.ts';
import type { DecisionKind, Verdict } from '../approval.ts';
import type { CaseChange } from '../changes/case-change.ts';

/** 'expired' is not written down: it follows from the end. */
export type RequestState = 'waiting' | 'done' | 'rejected' | 'expired';
export type RequestStepName = 'asked' | 'approved' | 'rejected' | 'edited' | 'snoozed' | 'done';

/** Something that waits for somebody's yes. */
export interface CaseRequest {
  id: number;
  connectionId: ConnectionId;
  customerId: CustomerId | null;
  kind: DecisionKind;
  change: CaseChange;
  summary: string;
  /** Base currency; null = without end, or of unknown worth. */
  amountMinor: number | null;
  currency: string;
  why: string;
  /** Who asked for it as it is now: whoever edited it last. */
  askedBy: string;
  askedAtMs: number;
  expiresAtMs: number;
  /** Goes up when it is edited: approvals are of one edition. */
  edition: number;
  state: RequestState;
  /** The last day on which it is not listed. */
  snoozedUntil: Day | null;
}

export interface RequestStep {
  step: RequestStepName;
  edition: number;
  by: string;
  atMs: number;
  why: string;
}

/** A request with what was said of it and what it still needs. */
export interface RequestStatus {
  request: CaseRequest;
  steps: RequestStep[];
  verdict: Verdict;
}
