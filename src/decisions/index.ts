export { decideStandings, type Reason, type StandingDecision, type StandingRecord } from './standing.ts';
export { decideHolds, settledDrifts, type Hold, type HoldWish } from './holds.ts';
export {
  beginNight,
  endNight,
  noticeDrift,
  readFlags,
  readHoldSummary,
  readHolds,
  readLastNights,
  readStandings,
  saveDecisions,
  saveHold,
  type DecisionBasis,
  type Night,
} from './store.ts';
