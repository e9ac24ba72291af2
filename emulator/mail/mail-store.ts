import PostalMime from 'postal-mime';
import type { WorldClock } from '../core/clock.ts';
import type { Effects } from '../core/effects.ts';
import type { WorldState } from '../core/state.ts';

/** A message as the inbox shows it. Addresses are bare; receivedMs is world time, epoch ms UTC. */
export interface StoredMessage {
  seq: number;
  receivedMs: number;
  /** Without the angle brackets; '' when the message had none. */
  messageId: string;
  envelopeFrom: string;
  /** The envelope's recipients: to whom it was really sent, whatever the headers say. */
  recipients: string[];
  from: string;
  /** The To header. */
  to: string[];
  subject: string;
  text: string;
  html: string;
  headers: { name: string; value: string }[];
}

/** What arrived by SMTP, before it is read. */
export interface Envelope {
  from: string;
  recipients: string[];
}

/** The messages received, in a table of their own in the world's state. */
export class MailStore {
  readonly #state: WorldState;
  readonly #clock: WorldClock;
  readonly #effects: Effects;

  constructor(state: WorldState, clock: WorldClock, effects: Effects) {
    this.#state = state;
    this.#clock = clock;
    this.#effects = effects;
    state.db.exec(SCHEMA);
  }

  /** Keeps a message and writes it into the ledger of effects, both or neither. Returns its number. */
  async receive(envelope: Envelope, raw: Buffer): Promise<number> {
    const content = await readContent(raw);
    const keep = this.#state.db.transaction(() => {
      const receivedMs = Math.floor(this.#clock.nowMs());
      const result = this.#state.db
        .prepare('INSERT INTO mail (received_ms, envelope_from, recipients, content, raw) VALUES (?,?,?,?,?)')
        .run(receivedMs, envelope.from, JSON.stringify(envelope.recipients), JSON.stringify(content), raw);
      this.#effects.add({
        platform: 'mail',
        company: null,
        kind: 'mail',
        target: envelope.recipients.join(','),
        method: 'DATA',
        path: null,
        requestId: content.messageId === '' ? null : content.messageId,
        body: content.subject,
      });
      return Number(result.lastInsertRowid);
    });
    return keep();
  }

  /** Newest first. */
  list(): StoredMessage[] {
    const rows = this.#state.db.prepare(`${SELECT} ORDER BY seq DESC`).all() as MailRow[];
    return rows.map(message);
  }

  find(seq: number): StoredMessage | undefined {
    const row = this.#state.db.prepare(`${SELECT} WHERE seq = ?`).get(seq) as MailRow | undefined;
    return row && message(row);
  }

  /** The bytes as they came. */
  raw(seq: number): Buffer | undefined {
    const row = this.#state.db.prepare('SELECT raw FROM mail WHERE seq = ?').get(seq) as
      { raw: Buffer } | undefined;
    return row?.raw;
  }
}

type Content = Omit<StoredMessage, 'seq' | 'receivedMs' | 'envelopeFrom' | 'recipients'>;

interface MailRow {
  seq: number;
  receivedMs: number;
  envelopeFrom: string;
  recipients: string;
  content: string;
}

async function readContent(raw: Buffer): Promise<Content> {
  const email = await PostalMime.parse(raw);
  return {
    messageId: (email.messageId ?? '').replace(/^<|>$/g, ''),
    from: email.from?.address ?? '',
    to: (email.to ?? []).map((to) => to.address ?? ''),
    subject: email.subject ?? '',
    text: email.text ?? '',
    html: email.html ?? '',
    headers: email.headers.map(({ key, value }) => ({ name: key, value })),
  };
}

function message({ content, recipients, ...row }: MailRow): StoredMessage {
  return {
    ...row,
    recipients: JSON.parse(recipients) as string[],
    ...(JSON.parse(content) as Content),
  };
}

const SELECT =
  'SELECT seq, received_ms AS receivedMs, envelope_from AS envelopeFrom, recipients, content FROM mail';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    received_ms INTEGER NOT NULL, envelope_from TEXT NOT NULL, recipients TEXT NOT NULL,
    content TEXT NOT NULL, raw BLOB NOT NULL);
`;
