import { Readable } from 'node:stream';
import { HoldfastError, PlatformError } from '../../src/domain/index.ts';
import type { MailMessage } from '../../src/domain/index.ts';
import type { Clock } from '../../src/lib/index.ts';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import { redact } from '../kit/errors.ts';
import { isMailbox, mailboxOf, refusedBefore, refuseLineEnds } from './address.ts';
import type { MailConfig } from './config.ts';

const CONNECT_MS = 15_000;
const IDLE_MS = 60_000;
/** For everything, from the first byte to the server's last reply. */
const DEADLINE_MS = 180_000;

/**
 * Sends one message and resolves with the server's final reply. Throws PlatformError: sent 'no' before the server
 * asked for the text, 'refused' when it said no, 'maybe' when the connection was lost with the text under way (RFC
 * 1047: then nobody can know).
 */
export async function sendMail(
  config: MailConfig,
  message: MailMessage,
  clock: Clock,
): Promise<{ reply: string }> {
  const from = checkMessage(config, message);
  const text = await compose(config, message);
  const progress = { textBegan: false };
  try {
    return await withConnection(config, clock, async (connection) => {
      const envelope = { from, to: message.to };
      const reply = await step<{ response?: string; rejected?: string[] }>((done) => {
        connection.send(envelope, watched(text, progress), (error, info) => done(error, info));
      });
      const rejected = reply.rejected ?? [];
      const rest = rejected.length === 0 ? '' : ` (not accepted for ${rejected.join(', ')})`;
      return { reply: `${reply.response ?? ''}${rest}` };
    });
  } catch (error) {
    throw mailError(error, progress.textBegan, secretsOf(config));
  }
}

/** Connects, greets and logs in. Throws PlatformError as sendMail does. */
export async function verifyMail(config: MailConfig, clock: Clock): Promise<void> {
  senderOf(config);
  try {
    await withConnection(config, clock, async () => Promise.resolve());
  } catch (error) {
    throw mailError(error, false, secretsOf(config));
  }
}

/** Refuses what must not reach the library: bad addresses and texts that would add headers. Returns the sender. */
function checkMessage(config: MailConfig, message: MailMessage): string {
  const from = senderOf(config);
  refuseLineEnds(message.subject, 'subject');
  if (!/^<[^<>\s@]+@[^<>\s@]+>$/.test(message.messageId))
    throw refusedBefore('The Message-ID has no valid form.');
  if (message.to.length === 0) throw refusedBefore('The message has no recipient.');
  const bad = message.to.find((address) => !isMailbox(address));
  if (bad !== undefined) throw refusedBefore(`"${bad.slice(0, 80)}" is not one e-mail address.`);
  return from;
}

function senderOf(config: MailConfig): string {
  const from = mailboxOf(config.from);
  if (from !== null) return from;
  throw new HoldfastError('CONFIG_INCOMPLETE', 'MAIL_FROM is no sender address.', {
    kind: 'config',
    hint: 'Write it as accounts@example.com or Accounts <accounts@example.com>.',
  });
}

async function compose(config: MailConfig, message: MailMessage): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const composer = new MailComposer({
    from: config.from,
    to: message.to,
    subject: message.subject,
    messageId: message.messageId,
    text: message.text,
    html: message.html,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return composer.compile().build();
}

async function withConnection<T>(
  config: MailConfig,
  clock: Clock,
  work: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const { options, auth } = smtpOptions(config.smtpUrl);
  const connection = new Connection(options);
  const deadline = clock.deadline(DEADLINE_MS);
  const stopped = new Promise<never>((_resolve, reject) => {
    connection.once('error', reject);
    deadline.addEventListener('abort', () => reject(new Error('The deadline passed')), { once: true });
  });
  stopped.catch(() => undefined);
  try {
    return await Promise.race([stopped, session(connection, auth, work)]);
  } finally {
    connection.close();
  }
}

async function session<T>(
  connection: SMTPConnection,
  auth: { user: string; pass: string } | null,
  work: (connection: SMTPConnection) => Promise<T>,
): Promise<T> {
  await step((done) => connection.connect((error) => done(error, undefined)));
  if (auth !== null)
    await step((done) => connection.login({ credentials: auth }, (error) => done(error, undefined)));
  const result = await work(connection);
  connection.quit();
  return result;
}

/** smtp:// starts plain and must turn to TLS before a password leaves this machine; smtps:// is TLS from the start. */
function smtpOptions(smtpUrl: string): {
  options: ConstructorParameters<typeof SMTPConnection>[0];
  auth: { user: string; pass: string } | null;
} {
  const url = new URL(smtpUrl);
  const secure = url.protocol === 'smtps:';
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = ['127.0.0.1', 'localhost', '::1'].includes(host);
  const auth =
    url.username === ''
      ? null
      : { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) };
  return {
    options: {
      host,
      port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
      secure,
      requireTLS: !secure && !local && auth !== null,
      ignoreTLS: local && !secure,
      connectionTimeout: CONNECT_MS,
      greetingTimeout: CONNECT_MS,
      dnsTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
    },
    auth,
  };
}

/** The text as a stream that tells when the server asked for it: only then may a message exist there. */
function watched(text: Buffer, progress: { textBegan: boolean }): Readable {
  return new Readable({
    read() {
      progress.textBegan = true;
      this.push(text);
      this.push(null);
    },
  });
}

function mailError(error: unknown, textBegan: boolean, secrets: string[]): unknown {
  if (error instanceof HoldfastError) return error;
  const status = numberOf(error, 'responseCode');
  const code = textOf(error, 'originalCode') || textOf(error, 'code') || 'UNKNOWN';
  const said = redact(error instanceof Error ? error.message : '', secrets).slice(0, 300);
  if (status !== null && status >= 400) return refusal(status, code, said, textBegan);
  if (textBegan) {
    const message = `The mail server was lost while it took the message (${code}).`;
    return new PlatformError('PLATFORM_CONNECTION_LOST', message, { sent: 'maybe', kind: 'network' });
  }
  if (code === 'EAUTH') return refusal(535, code, said, false);
  const message = `The mail server could not be reached or spoken to (${code}). ${said}`;
  return new PlatformError('PLATFORM_UNREACHABLE', message, { sent: 'no', kind: 'network', retryable: true });
}

/** 4xx is for now, 5xx for good (RFC 5321 §4.2.1); 53x are about the login. */
function refusal(status: number, code: string, said: string, textBegan: boolean): PlatformError {
  const login = code === 'EAUTH' || (status >= 530 && status <= 538);
  const kind = login ? 'PLATFORM_FORBIDDEN' : status < 500 ? 'PLATFORM_UNAVAILABLE' : 'PLATFORM_REFUSED';
  return new PlatformError(kind, `The mail server refused: ${said}`, {
    sent: textBegan || code === 'EENVELOPE' ? 'refused' : 'no',
    retryable: status < 500,
    status,
    vendorCode: String(status),
  });
}

async function step<T>(
  run: (done: (error: Error | null | undefined, value?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    run((error, value) => {
      if (error !== null && error !== undefined) reject(error);
      else resolve(value as T);
    });
  });
}

function secretsOf(config: MailConfig): string[] {
  const url = new URL(config.smtpUrl);
  return [url.password, decodeURIComponent(url.password)];
}

function textOf(value: unknown, key: string): string {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'string' ? found : '';
}

function numberOf(value: unknown, key: string): number | null {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
  return typeof found === 'number' ? found : null;
}
