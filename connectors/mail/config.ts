import { z } from 'zod';

/** The environment variables of the mail connector. */
export const mailEnvironment = z.object({
  SMTP_URL: z
    .union([z.literal(''), z.url({ protocol: /^smtps?$/ })])
    .default('')
    .describe('smtp:// or smtps:// address of your mail server, with user and password; empty = no mail'),
  MAIL_FROM: z.string().trim().default('').describe('Sender of reminders: Accounts <accounts@example.com>'),
});

export type MailEnvironment = z.output<typeof mailEnvironment>;

export interface MailConfig {
  smtpUrl: string;
  from: string;
}

/** The connector's configuration; null without SMTP_URL: reminders then go by the platforms' own e-mail. */
export function mailConfig(env: MailEnvironment): MailConfig | null {
  return env.SMTP_URL === '' ? null : { smtpUrl: env.SMTP_URL, from: env.MAIL_FROM };
}
