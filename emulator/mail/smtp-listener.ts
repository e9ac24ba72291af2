import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server';
import type { MailFaults } from './mail-faults.ts';
import type { Envelope, MailStore } from './mail-store.ts';

const MESSAGE_LIMIT_BYTES = 10 * 1024 * 1024;

export interface SmtpListener {
  /** 'smtp://127.0.0.1:PORT' */
  url: string;
  close(): Promise<void>;
}

/** A real SMTP server on loopback that keeps what it accepts; any user name and password will do, or none. */
export async function listenSmtp(store: MailStore, faults: MailFaults, port: number): Promise<SmtpListener> {
  const sockets = new Map<number, Socket>();
  const cut = (session: SMTPServerSession) => sockets.get(session.remotePort)?.destroy();
  const smtp = new SMTPServer({
    authOptional: true,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    size: MESSAGE_LIMIT_BYTES,
    closeTimeout: 100,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
    onRcptTo: ({ address }, _session, done) =>
      done(faults.rejects(address) ? smtpError(550, `No such mailbox: ${address}`) : null),
    onData: (stream, session, done) => {
      acceptData(stream, session, { store, faults, cut }).then(
        (queuedAs) => done(null, queuedAs),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
  // A connection that dies, ours or theirs, is what these tests are for: nothing to report.
  smtp.on('error', () => undefined);
  smtp.server.on('connection', (socket: Socket) => track(sockets, socket));
  smtp.listen(port, '127.0.0.1');
  await once(smtp.server, 'listening');
  const { port: bound } = smtp.server.address() as AddressInfo;
  return { url: `smtp://127.0.0.1:${String(bound)}`, close: () => closeSmtp(smtp, sockets) };
}

interface Desk {
  store: MailStore;
  faults: MailFaults;
  cut: (session: SMTPServerSession) => void;
}

/** Reads one message and does with it what the faults say. Resolves to the text of the 250 answer. */
async function acceptData(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  desk: Desk,
): Promise<string> {
  const envelope = envelopeOf(session);
  const fault = desk.faults.forMessage(envelope.recipients);
  if (fault?.then === 'drop-before-dot') {
    stream.once('data', () => desk.cut(session));
    await once(stream, 'close');
    throw smtpError(421, 'Connection lost');
  }
  const raw = await readAll(stream);
  if (stream.sizeExceeded) throw smtpError(552, 'Message too large');
  if (fault?.then === 'defer') throw smtpError(451, 'Try again later');
  const seq = await desk.store.receive(envelope, raw);
  if (fault?.then === 'delay') await sleep(fault.delayMs ?? 0, undefined, { ref: false });
  if (fault?.then === 'drop-after-dot') desk.cut(session);
  return `Kept as message ${String(seq)}`;
}

function envelopeOf(session: SMTPServerSession): Envelope {
  const { mailFrom, rcptTo } = session.envelope;
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    recipients: rcptTo.map((recipient) => recipient.address),
  };
}

async function readAll(stream: SMTPServerDataStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function smtpError(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

function track(sockets: Map<number, Socket>, socket: Socket): void {
  const port = socket.remotePort;
  if (port === undefined) return;
  sockets.set(port, socket);
  socket.on('error', () => undefined);
  socket.once('close', () => sockets.delete(port));
}

async function closeSmtp(smtp: SMTPServer, sockets: Map<number, Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => smtp.close(() => resolve()));
  for (const socket of sockets.values()) socket.destroy();
  await closed;
}
