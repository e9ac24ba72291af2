export {
  renderReminder,
  type ReminderCredit,
  type ReminderItem,
  type ReminderLetter,
  type RenderedMessage,
} from './render-reminder.ts';
