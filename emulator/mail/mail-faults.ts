/** How the mail server misbehaves. */
export type MailMisbehaviour =
  /** 550 to RCPT TO. */
  | 'reject-recipient'
  /** 451 once the message has been sent: try again later. Nothing is kept. */
  | 'defer'
  /** The connection dies while the message is being sent. Nothing is kept. */
  | 'drop-before-dot'
  /** The message is kept, and the connection dies before the client is told so. */
  | 'drop-after-dot'
  /** The message is kept, and the answer comes delayMs later (real time). */
  | 'delay';

export interface MailFault {
  then: MailMisbehaviour;
  /** Only messages to this address (without regard to case); every message when missing. */
  recipient?: string;
  /** Lets this many pass first. 0 when missing. */
  after?: number;
  /** Stops after this many. Without end when missing. */
  times?: number;
  delayMs?: number;
}

const known: readonly string[] = ['reject-recipient', 'defer', 'drop-before-dot', 'drop-after-dot', 'delay'];

/** The mail server's declared faults; the first that matches a message is the one that is played. */
export class MailFaults {
  #faults: { fault: MailFault; seen: number }[] = [];

  constructor(faults: readonly MailFault[] = []) {
    this.replace(faults);
  }

  /** Forgets all faults, with their counts, and declares others. Throws on a misbehaviour that is none. */
  replace(faults: readonly MailFault[]): void {
    const strange = faults.find((fault) => !known.includes(fault.then));
    if (strange) throw new Error(`unknown mail fault ${strange.then}`);
    this.#faults = faults.map((fault) => ({ fault, seen: 0 }));
  }

  list(): MailFault[] {
    return this.#faults.map((declared) => declared.fault);
  }

  /** Whether RCPT TO this address is refused; counts as one occurrence. */
  rejects(recipient: string): boolean {
    return this.#next([recipient], (fault) => fault.then === 'reject-recipient') !== undefined;
  }

  /** What happens to a message with these recipients; counts as one occurrence. */
  forMessage(recipients: string[]): MailFault | undefined {
    return this.#next(recipients, (fault) => fault.then !== 'reject-recipient');
  }

  #next(recipients: string[], applies: (fault: MailFault) => boolean): MailFault | undefined {
    const addressed = recipients.map((recipient) => recipient.toLowerCase());
    for (const declared of this.#faults) {
      const { recipient, after = 0, times = Infinity } = declared.fault;
      const meant = recipient === undefined || addressed.includes(recipient.toLowerCase());
      if (!meant || !applies(declared.fault)) continue;
      declared.seen += 1;
      if (declared.seen > after && declared.seen <= after + times) return declared.fault;
    }
    return undefined;
  }
}
