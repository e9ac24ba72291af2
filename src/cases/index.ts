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
export { readAmountText, type AmountText } from './amount-text.ts';
export { PROMISE_GRACE_DAYS, judgePromise, lastDayOf } from './judge-promise.ts';
export { parseRates, type FileRate } from './rates-file.ts';
export {
  readCaseFile,
  readExclusions,
  readKillSwitch,
  readRestored,
  setExclusion,
  setKillSwitch,
  setRestored,
} from './store.ts';
export type { Change, DatedChange } from './change.ts';
export { readCaseDays, type CaseDays } from './days/store.ts';
export { readGroupMates } from './limit/group-mates.ts';
export {
  readDueReviews,
  readGroupMembers,
  readLimit,
  readLimitHistory,
  readLimits,
  saveLimits,
  type DueReview,
} from './limit/store.ts';
export {
  readDisputes,
  readDisputeVersion,
  readManualStandings,
  readPromises,
  readReleases,
  readTags,
  readTemporaryLimits,
  type DisputeVersion,
  type NumberedTemporaryLimit,
} from './notes/store.ts';
export {
  readOwner,
  saveDispute,
  saveInsuredLimit,
  saveManualStanding,
  savePromise,
  saveRelease,
  saveTag,
  saveTemporaryLimit,
} from './noting/store.ts';
export {
  describeApprover,
  findPerson,
  judgeApproval,
  mayDecide,
  type ApprovalPolicy,
  type ApprovalRules,
  type DecisionKind,
  type Person,
  type Question,
  type Verdict,
} from './approval.ts';
export { API_SCOPES, newApiKey, type ApiScope } from './api-key.ts';
export {
  readApiKey,
  readApiKeys,
  readDecider,
  readPeople,
  readPeopleHistory,
  readPerson,
  removePerson,
  revokeApiKey,
  saveApiKey,
  savePerson,
  type ApiKey,
  type PersonVersion,
} from './people/store.ts';
export { changeCase, type CaseDeps, type Outcome, type Wish } from './change-case.ts';
export {
  answerRequest,
  readRequestStatuses,
  requireRequest,
  type AnswerOutcome,
  type RequestAnswer,
} from './answer-request.ts';
export type { CaseRequest, RequestState, RequestStatus, RequestStep } from './requests/request.ts';
export type {
  CaseChange,
  CaseConnection,
  DisputeChange,
  LimitChange,
  NamedId,
  PromiseChange,
  ReleaseChange,
  StandingChange,
  TagChange,
} from './changes/case-change.ts';
export { lastReviewDay } from './changes/prepare-dispute.ts';
export { limitText } from './changes/prepare-limit.ts';
export { CAUSES, MANUAL_STANDINGS } from './changes/prepare-standing.ts';
export type { LimitHistoryEntry, LimitVersion } from './limit/history.ts';
export { changePerson } from './change-person.ts';
export { nameKey } from './name-key.ts';
export { createApiKey, endApiKey } from './change-key.ts';
export { writeOrRehearse } from './rehearse.ts';
