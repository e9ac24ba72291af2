export {
  formatLimits,
  parseLimits,
  type CreditLimit,
  type LimitEntry,
  type LimitGroup,
  type LimitTable,
} from './limits.ts';
export {
  noCaseNotes,
  type CaseFile,
  type CaseMoment,
  type CaseNotes,
  type Dispute,
  type HoldRelease,
  type InsuredLimit,
  type LimitTerms,
  type ManualStanding,
  type PaymentPromise,
  type TemporaryLimit,
} from './case-file.ts';
export { csvCell } from './csv.ts';
export { parseRates, type FileRate } from './rates-file.ts';
export {
  readCaseFile,
  readExclusions,
  readKillSwitch,
  readRestored,
  readLimits,
  saveLimits,
  setExclusion,
  setKillSwitch,
  setRestored,
  type Change,
} from './store.ts';
