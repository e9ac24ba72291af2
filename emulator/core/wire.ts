import type { IncomingHttpHeaders } from 'node:http';
import type { WorldClock } from './clock.ts';

/** One request as handlers see it: the body has been read whole, `params` holds the route's `:names`. */
export interface EmulatorRequest {
  readonly method: string;
  /** Decoded path without the query. */
  readonly path: string;
  /** Path with the query, as it came. */
  readonly url: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Address under which the client called, e.g. 'http://127.0.0.1:4010'. */
  readonly origin: string;
  params: Record<string, string>;
  /** Runs once when the reply has left or its socket has died; limiters count requests in flight with it. */
  onSent(callback: () => void): void;
}

/** What is sent back. `body` may be a prebuilt string: large pages are never re-encoded. */
export interface Reply {
  status: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Destroys the socket after this many bytes of the body. */
  cutAtByte?: number;
  /** Destroys the socket before the first byte of the reply. */
  reset?: boolean;
  /** Sends the body this slowly. */
  dripBytesPerSecond?: number;
}

export type Handler = (request: EmulatorRequest) => Reply | Promise<Reply>;

/** `pattern` is a path with `:name` segments, compared without regard to case. */
export interface Route {
  method: string;
  pattern: string;
  handler: Handler;
}

/** Wraps every route of a server: authentication, rate limits, faults. Calls `next` or answers by itself. */
export type Layer = (request: EmulatorRequest, next: () => Promise<Reply>) => Promise<Reply>;

/** One emulated platform, ready to be served on a port. `layers` run outermost first. */
export interface PlatformServer {
  name: string;
  routes: Route[];
  layers: Layer[];
  /** Answers what no route matches; a plain 404 without it. */
  notFound?: Handler;
}

/** What a platform becomes an application with. */
export interface ApplicationOptions {
  /** Routes outside the layers, so that no fault or limit hits them (`/_emulator/*`). */
  control?: Route[];
  /** Source of the Date header; the machine's clock without it. */
  clock?: WorldClock;
}
