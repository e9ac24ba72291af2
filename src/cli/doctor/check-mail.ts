import type { App } from '../../app.ts';
import { describeError } from '../report-error.ts';
import { findingsOf, type Finding } from './finding.ts';

/** Whether the mail server answers and takes our login. No message is sent. */
export async function checkMail(app: App): Promise<Finding[]> {
  const { ok, fault } = findingsOf('mail');
  const { mail } = app.connectors;
  if (mail === null) return [];
  try {
    await mail.verify();
    return [ok('the mail server answers')];
  } catch (error) {
    const { message, hint } = describeError(error);
    return [fault(`the mail server cannot be used: ${message}`, hint ?? 'Check SMTP_URL.')];
  }
}
