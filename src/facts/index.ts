export {
  computeFacts,
  useRatio,
  type CustomerFacts,
  type FactsInput,
  type GroupFacts,
} from './compute-facts.ts';
export {
  bucketOf,
  computePosition,
  convertNet,
  type Ageing,
  type Basis,
  type BucketName,
  type Conversion,
  type ExposureBucket,
  type Figures,
  type Position,
} from './position.ts';
export { describeFacts, type FactsDocument } from './document.ts';
export { chooseRates } from './rates.ts';
export { reconcile, type Difference, type Reconciliation } from './reconcile.ts';
export {
  compareBalances,
  readFacts,
  readReconciliation,
  readReconciliationSummary,
  readSavedFacts,
  saveFacts,
  saveReconciliation,
  type FactsOfDay,
  type ReconciliationSummary,
  type SavedFacts,
  type SavedReconciliation,
} from './store.ts';
