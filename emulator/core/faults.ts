import { realSleep } from './clock.ts';
import type { Sleep } from './clock.ts';
import type { EmulatorRequest, Layer, Reply } from './http.ts';

/**
 * One declared fault. With `status` the request never reaches the platform; without it the platform does its
 * work and only the reply is touched, so that "done, but the answer was lost" is `{ cutAtByte: 0 }`.
 */
export interface Fault {
  /** Server that it belongs to ('xero', 'quickbooks'); any when absent. */
  server?: string;
  /** HTTP method; any when absent. */
  method?: string;
  /**
   * Glob over the path (`*` within a segment, `**` across), or a regular expression when it starts with '^'.
   * It is compared with path and query when it holds a '?' (glob) or '\?' (expression).
   */
  path?: string;
  status?: number;
  headers?: Record<string, string>;
  /** Text as it is; any other value is sent as JSON. */
  body?: unknown;
  delayMs?: number;
  /** Destroys the socket after this many body bytes (headers are sent first). */
  cutAtByte?: number;
  /** Destroys the socket before the first byte of the reply. */
  reset?: boolean;
  /** Sends the body at this many bytes a second. */
  dripBytesPerSecond?: number;
  /** Lets this many matching requests through first. */
  after?: number;
  /** Strikes this often, then rests; without end when absent. */
  times?: number;
}

interface LiveFault {
  id: number;
  fault: Fault;
  seen: number;
  struck: number;
}

/** The faults in force, shared by all servers of an emulator. Kept in memory only: a restart is without faults. */
export class Faults {
  #live: LiveFault[] = [];
  #nextId = 1;
  readonly #sleep: Sleep;

  /** `sleep` carries delays out; in real time unless given. */
  constructor(sleep: Sleep = realSleep) {
    this.#sleep = sleep;
  }

  /** Declares a fault and returns its id. Faults are tried in the order of their declaration. */
  add(fault: Fault): number {
    const id = this.#nextId++;
    this.#live.push({ id, fault, seen: 0, struck: 0 });
    return id;
  }

  /** Takes one fault back, or all. */
  clear(id?: number): void {
    this.#live = id === undefined ? [] : this.#live.filter((live) => live.id !== id);
  }

  /** What is in force, with how often each was seen and struck. */
  list(): readonly LiveFault[] {
    return this.#live;
  }

  /** The outermost layer of a server: lets the first fault strike that matches and is due. */
  layer(server: string): Layer {
    return async (request, next) => {
      const fault = this.#take(server, request);
      if (!fault) return next();
      // The platform works first and answers late, so that a client that gives up has been served all the same.
      const reply = fault.status === undefined ? await next() : { status: fault.status };
      if (fault.delayMs !== undefined) await this.#sleep(fault.delayMs);
      return spoil(fault, reply);
    };
  }

  #take(server: string, request: EmulatorRequest): Fault | undefined {
    for (const live of this.#live) {
      if (!matches(live.fault, server, request)) continue;
      live.seen += 1;
      if (live.seen <= (live.fault.after ?? 0)) continue;
      if (live.struck >= (live.fault.times ?? Infinity)) continue;
      live.struck += 1;
      return live.fault;
    }
    return undefined;
  }
}

function matches(fault: Fault, server: string, request: EmulatorRequest): boolean {
  if (fault.server !== undefined && fault.server !== server) return false;
  if (fault.method !== undefined && fault.method.toUpperCase() !== request.method) return false;
  return fault.path === undefined || pathMatches(fault.path, request);
}

function pathMatches(path: string, request: EmulatorRequest): boolean {
  const isRegex = path.startsWith('^');
  const withQuery = isRegex ? path.includes('\\?') : path.includes('?');
  const subject = withQuery ? request.url : request.path;
  return (isRegex ? new RegExp(path, 'i') : globRegex(path)).test(subject);
}

function globRegex(glob: string): RegExp {
  const source = glob
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/\*\*|\*/g, (stars) => (stars === '**' ? '.*' : '[^/]*'));
  return new RegExp(`^${source}$`, 'i');
}

function spoil(fault: Fault, reply: Reply): Reply {
  const body = fault.body === undefined ? reply.body : asText(fault.body);
  const type = typeof fault.body === 'object' ? { 'content-type': 'application/json' } : {};
  return {
    ...reply,
    headers: { ...reply.headers, ...type, ...lowerKeys(fault.headers) },
    ...(body === undefined ? {} : { body }),
    ...(fault.cutAtByte === undefined ? {} : { cutAtByte: fault.cutAtByte }),
    ...(fault.reset === undefined ? {} : { reset: fault.reset }),
    ...(fault.dripBytesPerSecond === undefined ? {} : { dripBytesPerSecond: fault.dripBytesPerSecond }),
  };
}

function asText(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

function lowerKeys(headers: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}
