import type { SeenHead } from '../audit/index.ts';
import type { Connection } from '../mirror/index.ts';
import type { Clock } from '../lib/index.ts';
import type { MailConnector, PlatformSession } from '../domain/index.ts';
import type { Policy } from '../policy/index.ts';
import type { Store } from '../store/index.ts';

/** What carrying out an effect needs. */
export interface OutboxDeps {
  store: Store;
  clock: Clock;
  policy: Policy;
  mail: MailConnector | null;
  /** Right-hand side of Message-IDs: the domain of MAIL_FROM. */
  mailDomain: string;
  /** How far the audit log was when something last left. */
  seen: SeenHead;
  openSession(connection: Connection): Promise<PlatformSession>;
}

/** A connection while its outbox is being worked on. */
export interface EffectContext extends OutboxDeps {
  connection: Connection;
  session: PlatformSession;
}

/** How an attempt ended. `confirmed` = read back from the platform, or accepted by the mail server. */
export interface EffectResult {
  outcome: 'done' | 'refused' | 'unknown' | 'not-sent';
  confirmed: boolean;
  detail: string;
}

/** A preflight's answer: not needed any more, or ready to go with these bytes. */
export type Prepared =
  | { go: false; reason: string }
  | {
      go: true;
      /** Hash of what will be sent; kept with the attempt. */
      bodyHash: string;
      /** Addresses that this message will occupy today; none for holds and notes. */
      addresses: string[];
      perform(): Promise<EffectResult>;
    };
