import type { MailConnector } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import type { MailConfig } from './config.ts';
import { sendMail, verifyMail } from './push.ts';

export { mailConfig, mailEnvironment, type MailConfig } from './config.ts';

/** SMTP as a connector. A connection is opened for each message and closed after it: nothing lingers half-sent. */
export function createMailConnector(config: MailConfig, deps: { clock: Clock }): MailConnector {
  return {
    send: (message) => sendMail(config, message, deps.clock),
    verify: () => verifyMail(config, deps.clock),
  };
}
