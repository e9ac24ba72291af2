export { decideStandings } from './standing.ts';
export type {
  Clearing,
  ClearingPart,
  PriorStanding,
  StandingDecision,
  StandingRecord,
} from './standing-record.ts';
export type { Reason } from './reason.ts';
export { decideHolds, settledDrifts, type Hold, type HoldWish } from './holds.ts';
export {
  beginNight,
  endNight,
  noticeDrift,
  readFlags,
  readHoldSummary,
  readHolds,
  readLastNights,
  saveHold,
  type Night,
} from './store.ts';
export { readJudgedDay, type JudgedDay } from './judged/store.ts';
export { readStandings, readStandingsBefore } from './standings/store.ts';
export { DecisionsSaving, saveDecisions, type DecisionBasis } from './saving/store.ts';
