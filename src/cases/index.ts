export {
  formatLimits,
  parseLimits,
  type CreditLimit,
  type LimitEntry,
  type LimitGroup,
  type LimitTable,
} from './limits.ts';
export { csvCell } from './csv.ts';
export { parseRates, type FileRate } from './rates-file.ts';
export {
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
