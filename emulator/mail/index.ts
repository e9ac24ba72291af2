import type { WorldClock } from '../core/clock.ts';
import type { Effects } from '../core/effects.ts';
import { json, jsonBody, listen, text } from '../core/http.ts';
import type { EmulatorRequest, Reply, Route } from '../core/http.ts';
import type { WorldState } from '../core/state.ts';
import { inboxPage, messagePage } from './inbox-page.ts';
import { MailFaults, type MailFault } from './mail-faults.ts';
import { MailStore } from './mail-store.ts';
import { listenSmtp } from './smtp-listener.ts';

export type { MailFault, MailMisbehaviour } from './mail-faults.ts';
export type { StoredMessage } from './mail-store.ts';

export interface MailServersOptions {
  state: WorldState;
  clock: WorldClock;
  effects: Effects;
  /** 0 or missing lets the system choose. */
  ports?: { smtp?: number; inbox?: number };
  /** How it misbehaves from the start; `mailFaults` of the result changes that later. */
  misbehave?: MailFault[];
  /** Further routes of the inbox server, e.g. the world's `/_emulator/*`. */
  control?: Route[];
}

export interface MailServers {
  smtpUrl: string;
  inboxUrl: string;
  mailFaults: MailFaults;
  close(): Promise<void>;
}

/**
 * Starts the emulated mail server and its inbox, both on loopback. The inbox answers `/` and `/messages/N` as pages,
 * `/messages.json`, `/messages/N/raw`, and takes faults as a JSON array at `POST /_emulator/mail-faults`.
 */
export async function startMailServers(options: MailServersOptions): Promise<MailServers> {
  const store = new MailStore(options.state, options.clock, options.effects);
  const mailFaults = new MailFaults(options.misbehave);
  const smtp = await listenSmtp(store, mailFaults, options.ports?.smtp ?? 0);
  const inbox = await listen(
    { name: 'mail', routes: inboxRoutes(store), layers: [] },
    { port: options.ports?.inbox ?? 0, control: [...faultRoutes(mailFaults), ...(options.control ?? [])] },
  );
  const close = async () => {
    await Promise.all([smtp.close(), inbox.close()]);
  };
  return { smtpUrl: smtp.url, inboxUrl: inbox.url, mailFaults, close };
}

function inboxRoutes(store: MailStore): Route[] {
  const one = (request: EmulatorRequest) => store.find(Number(request.params.seq));
  return [
    { method: 'GET', pattern: '/', handler: () => html(inboxPage(store.list())) },
    { method: 'GET', pattern: '/messages.json', handler: () => json(200, store.list()) },
    {
      method: 'GET',
      pattern: '/messages/:seq',
      handler: (request) => {
        const message = one(request);
        return message ? html(messagePage(message)) : text(404, 'No such message');
      },
    },
    {
      method: 'GET',
      pattern: '/messages/:seq/raw',
      handler: (request) => {
        const raw = store.raw(Number(request.params.seq));
        return raw ? { ...text(200, ''), body: raw } : text(404, 'No such message');
      },
    },
  ];
}

function faultRoutes(faults: MailFaults): Route[] {
  const pattern = '/_emulator/mail-faults';
  return [
    { method: 'GET', pattern, handler: () => json(200, faults.list()) },
    { method: 'POST', pattern, handler: (request) => replaceFaults(faults, jsonBody(request)) },
  ];
}

function replaceFaults(faults: MailFaults, declared: unknown): Reply {
  try {
    if (!Array.isArray(declared)) throw new Error('give a JSON array of faults');
    faults.replace(declared as MailFault[]);
    return json(200, faults.list());
  } catch (error) {
    return json(400, { error: error instanceof Error ? error.message : String(error) });
  }
}

/** Pages run no script and load nothing; what a message brings along is not fetched either. */
function html(body: string): Reply {
  const page = text(200, body, 'text/html');
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'";
  return { ...page, headers: { ...page.headers, 'content-security-policy': policy } };
}
