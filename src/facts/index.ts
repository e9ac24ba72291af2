export {
  computeFacts,
  useRatio,
  type CustomerFacts,
  type FactsInput,
  type GroupFacts,
} from './compute-facts.ts';
export {
  bucketOf,
  type Ageing,
  type BucketDocument,
  type BucketName,
  type ExposureBucket,
  type Figures,
  type Items,
  type Weights,
} from './figures.ts';
export { computePosition, type Basis, type Conversion, type Position } from './position.ts';
export {
  describeFacts,
  describeFactsInFull,
  type DisputeDocument,
  type FactsDocument,
  type LimitTermsDocument,
} from './document.ts';
export { limitInForce, temporaryMinor } from './notes.ts';
export { ownRiskMinor } from './own-risk.ts';
export { chooseRates } from './rates.ts';
export { reconcile, type Difference, type Reconciliation } from './reconcile.ts';
export {
  compareBalances,
  readReconciliation,
  readReconciliationSummary,
  saveReconciliation,
  type ReconciliationSummary,
  type SavedReconciliation,
} from './balances/store.ts';
export {
  readSavedFactsOf,
  readSavedDay,
  documentsToKeep,
  readSavedFacts,
  type SavedDay,
  type SavedFacts,
} from './saved/store.ts';
export { FactsSaving, saveFacts } from './saving/store.ts';
export { eachFacts, type TakePart } from './parts/store.ts';
export { readFacts, readFactsAround, readFactsInput, type FactsOfDay, type FactsPolicy } from './store.ts';
