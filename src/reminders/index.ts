export { pauseReason, type ChaseNotes } from './chase-pauses.ts';
export {
  covers,
  dueReminders,
  type DueReminder,
  type Episode,
  type ReminderInput,
  type ReminderPlan,
  type ReminderTask,
} from './due-reminders.ts';
export { dueStep, tonePosition, type ReminderRecord } from './ladder.ts';
export { expiryAfter, isOpen, nextOpening, windowOf, type DispatchWindow } from './window.ts';
export {
  claimAddresses,
  claimStep,
  readReminderPast,
  saveEpisodes,
  setReminderState,
  type ReminderPast,
} from './store.ts';
