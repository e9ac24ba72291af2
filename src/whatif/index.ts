export { findInBooks, type Book, type BookFinding } from './policy-in-books.ts';
export {
  compareStandingsUnder,
  type PolicySide,
  type StandingChange,
  type StandingComparison,
} from './policy-diff.ts';
export { runPolicyTests, type ExampleResult } from './policy-tests.ts';
export { GOOD, backtest, type Backtest, type BacktestOptions, type PolicyReplay } from './backtest.ts';
export type { BacktestLedger, DatedRates, Period } from './backtest-ledger.ts';
export type { Fates, Goodness, HoldOutcome, PlayedHold, Verdict } from './backtest-outcome.ts';
export type { PolicyTotals } from './backtest-totals.ts';
export { readBacktestLedger, type LimitsChoice } from './read-backtest.ts';
export { renderReport } from './report-when-needed.ts';
export type { ReportSubject } from './report.ts';
export { caveatsOf, compareHeld, summaryOf, type HeldByOne } from './report-words.ts';
export {
  replayNight,
  type Replay,
  type ReplayDifference,
  type ReplayedPart,
  type ReplayPart,
} from './replay.ts';
export type { FieldDifference } from './replay-difference.ts';
export {
  simulate,
  type Breach,
  type SimulatedStanding,
  type SimulatedTotals,
  type Simulation,
} from './simulate.ts';
export type { SimulatedChange } from './simulate-change.ts';
export type { Concentration, Failure } from './simulate-failure.ts';
