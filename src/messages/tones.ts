/** What a reminder says around its table, by how far the ladder has come. Plain words, no threat before the last. */
export interface Tone {
  subject: string;
  opening: string;
  closing: string;
}

const COURTESY: Tone = {
  subject: 'Coming due: {total}',
  opening: 'this is a courtesy note about what falls due in the next days.',
  closing: 'No answer is needed. If something about it is not right, please tell us now.',
};

const STEPS: readonly Tone[] = [
  {
    subject: 'Payment reminder: {total}',
    opening: 'our books show the following as past its due date. It may have slipped through.',
    closing: 'Please pay it in the next days, or tell us if something is not right.',
  },
  {
    subject: 'Second reminder: {total} overdue',
    opening: 'the following is still open although we reminded you before.',
    closing: 'Please pay by return, or answer this message with the day on which you will.',
  },
  {
    subject: 'Overdue: {total}, please reply',
    opening: 'we have written about the following twice and have seen no payment.',
    closing: 'Please pay now. If you dispute an invoice, tell us which and why, so that we can settle it.',
  },
  {
    subject: 'Final reminder: {total}',
    opening: 'the following is long overdue in spite of our reminders.',
    closing:
      'Please pay at once. Without payment or an answer we shall supply only against payment in advance.',
  },
];

/** The tone of a step: `position` counts the steps after the due day from 0; a step before it is a courtesy. */
export function toneOf(step: number, position: number): Tone {
  if (step < 0) return COURTESY;
  return STEPS[Math.min(position, STEPS.length - 1)] ?? COURTESY;
}
