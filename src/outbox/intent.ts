import type { ConnectionId, CustomerId, Day } from '../domain/index.ts';

export type IntentKind = 'hold.place' | 'hold.release' | 'note' | 'reminder';

/**
 * proposed → (a person or the policy) → ready → attempting → done | refused | unknown. `unknown` is settled by
 * looking at the platform, or becomes `person`. An intent never goes back from attempting to ready unless it is
 * certain that nothing left this machine, or it is a state that is safe to set again.
 */
export type IntentState =
  | 'proposed'
  | 'ready'
  | 'attempting'
  | 'done'
  | 'refused'
  | 'unknown'
  | 'person'
  | 'superseded'
  | 'expired'
  | 'rejected';

/** States in which an intent still may lead to an effect. */
export const LIVE_STATES: readonly IntentState[] = ['proposed', 'ready', 'attempting', 'unknown', 'person'];

export interface HoldContent {
  customerName: string;
  episode: number;
  reason: string;
}

export interface NoteContent {
  customerName: string;
  noteId: string;
  text: string;
}

export interface ReminderContent {
  customerName: string;
  channel: 'mail' | 'platform';
  episode: string;
  step: number;
  /** Which message of the episode, counted from 0; sets the tone. */
  position: number;
  /** As known when it was decided; the preflight reads them again. */
  addresses: string[];
  /** Whose calendar counts; missing in what was planned before there was one. */
  country?: string;
  invoiceIds: string[];
}

interface IntentBase {
  id: number;
  connectionId: ConnectionId;
  key: string;
  customerId: CustomerId;
  reminderId: number | null;
  asOf: Day;
  run: number;
  policyHash: string;
  notBeforeMs: number;
  expiresAtMs: number;
  state: IntentState;
  stateReason: string;
  decidedBy: string | null;
  createdAtMs: number;
  changedAtMs: number;
  /** The last day on which a proposal is not shown; null = shown. */
  snoozedUntil: Day | null;
}

/** One effect to be carried out: a row of the outbox. */
export type Intent = IntentBase &
  (
    | { kind: 'hold.place' | 'hold.release'; content: HoldContent }
    | { kind: 'note'; content: NoteContent }
    | { kind: 'reminder'; content: ReminderContent }
  );

/** What a new intent needs; the store adds number and times. */
export type NewIntent = Pick<
  IntentBase,
  | 'connectionId'
  | 'key'
  | 'customerId'
  | 'reminderId'
  | 'asOf'
  | 'run'
  | 'policyHash'
  | 'notBeforeMs'
  | 'expiresAtMs'
  | 'state'
  | 'stateReason'
  | 'decidedBy'
> & { kind: IntentKind; content: HoldContent | NoteContent | ReminderContent };
