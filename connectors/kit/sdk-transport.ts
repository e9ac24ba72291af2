import type { CallKind } from './errors.ts';
import type { Http, HttpReply, HttpRequest } from './http.ts';

/** What an SDK hands to its HTTP client (axios) for one call. Only what is used here. */
export interface SdkRequest {
  method?: string;
  url?: string;
  baseURL?: string;
  params?: unknown;
  headers?: unknown;
  data?: unknown;
  adapter?: unknown;
}

interface SdkReply {
  data: unknown;
  status: number;
  statusText: string;
  headers: Record<string, string>;
  config: SdkRequest;
  request: null;
}

/**
 * Lets an SDK word a call and lets our own Http carry it: the SDK gets no socket and no token, so that deadline,
 * limiter, redaction, address check and `sent` are the same as everywhere. One transport per call: `failure` is
 * the PlatformError as raised, which SDKs would turn into text.
 */
export class SdkTransport {
  readonly #http: Http;
  readonly #apiUrl: string;
  readonly #kind: CallKind;
  #failure: unknown = null;

  constructor(http: Http, apiUrl: string, kind: CallKind) {
    this.#http = http;
    this.#apiUrl = apiUrl.replace(/\/+$/, '');
    this.#kind = kind;
  }

  /** Takes the place of axios' own adapter for this call. */
  readonly adapter = async (config: SdkRequest): Promise<SdkReply> => {
    try {
      return toSdk(await this.#http.send(this.#request(config)), config);
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  };

  /** Runs an SDK call; what it throws is the error of our own Http whenever that raised one. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.#failure ?? error;
    }
  }

  #request(config: SdkRequest): HttpRequest {
    const url = config.url ?? '';
    const path = url.startsWith(this.#apiUrl) ? url.slice(this.#apiUrl.length) : `/${url}`;
    const method = methodOf(config.method);
    const writes = method === 'POST' || method === 'PUT';
    return {
      method,
      path,
      query: queryOf(config.params),
      headers: headersOf(config.headers),
      // xero-node hands a body to every call; a GET has none.
      ...(writes && typeof config.data === 'string' ? { body: config.data } : {}),
      kind: this.#kind,
      expect: method === 'DELETE' ? 'none' : 'json',
    };
  }
}

function toSdk(reply: HttpReply, config: SdkRequest): SdkReply {
  const headers = Object.fromEntries(reply.headers.entries());
  return { data: reply.json, status: reply.status, statusText: '', headers, config, request: null };
}

function methodOf(method: string | undefined): HttpRequest['method'] {
  const upper = (method ?? 'GET').toUpperCase();
  if (upper === 'POST' || upper === 'PUT' || upper === 'DELETE') return upper;
  return 'GET';
}

function queryOf(params: unknown): Record<string, string> {
  return Object.fromEntries(texts(params));
}

/** The SDK's headers without what is not its business: credentials, and what belongs to the connection. */
function headersOf(headers: unknown): Record<string, string> {
  const mine = /^(authorization|host|content-length|accept-encoding|user-agent|accept)$/i;
  return Object.fromEntries(texts(headers).filter(([name]) => !mine.test(name)));
}

function texts(record: unknown): [string, string][] {
  if (typeof record !== 'object' || record === null) return [];
  return Object.entries(record).flatMap(([name, value]: [string, unknown]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [[name, String(value)]]
      : [],
  );
}
