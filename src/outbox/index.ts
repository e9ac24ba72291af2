export { answerProposals, settleByHand, snoozeProposals, type Answer } from './approve.ts';
export { dispatch, type DispatchOptions, type DispatchSummary } from './dispatch.ts';
export type { DispatchLine } from './finish.ts';
export { staleness } from './gates.ts';
export type { OutboxDeps } from './effect.ts';
export { isReminderHour } from './reminder-hour.ts';
export { planEffects, type PlanSummary } from './plan.ts';
export {
  countIntents,
  countIntentsOfDay,
  readIntents,
  type IntentCount,
  type IntentFilter,
} from './store.ts';
export { LIVE_STATES, type Intent, type IntentKind, type IntentState } from './intent.ts';
export { confirmRestored } from './restored.ts';
