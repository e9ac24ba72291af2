import { AsyncLocalStorage } from 'node:async_hooks';
import { createRequire } from 'node:module';
import type { CallKind } from '../kit/errors.ts';
import type { Http } from '../kit/http.ts';
import { SdkTransport, type SdkRequest } from '../kit/sdk-transport.ts';

type Callback = (error: unknown, data: unknown) => void;

/** The part of node-quickbooks that is used; its own types speak of a default export that is not there. */
interface Sdk {
  endpoint: string;
  getCustomer(id: string, callback: Callback): void;
  updateCustomer(customer: Record<string, unknown>, callback: Callback): void;
}
type SdkConstructor = new (settings: Record<string, unknown>) => Sdk;

interface HttpClient {
  interceptors: { request: { use(intercept: (request: SdkRequest) => SdkRequest): void } };
}

/** The transport of the call that is under way: node-quickbooks has no place to hand one in. */
const current = new AsyncLocalStorage<SdkTransport>();
let loading: Promise<SdkConstructor> | null = null;

/**
 * The calls that node-quickbooks words: the customer that carries a hold, read and written. Only this file loads it, at the first call. It
 * never gets a token or a socket: our own Http carries its requests. What it does wrong elsewhere (a callback called
 * twice, no deadline, the token in its errors) has no effect here: a promise settles once.
 */
export class QuickBooksClient {
  readonly #http: Http;
  readonly #apiUrl: string;
  readonly #realm: string;

  constructor(http: Http, apiUrl: string, realm: string) {
    this.#http = http;
    this.#apiUrl = apiUrl;
    this.#realm = realm;
  }

  /** GET /customer/{id}. */
  async customer(id: string): Promise<unknown> {
    return this.#call('read', (sdk, done) => sdk.getCustomer(id, done));
  }

  /** POST /customer, sparse: only what is named changes. PLATFORM_STALE when the SyncToken is no longer current. */
  async updateCustomer(change: { Id: string; SyncToken: string; Notes: string }): Promise<unknown> {
    return this.#call('write', (sdk, done) => sdk.updateCustomer({ ...change, sparse: true }, done));
  }

  async #call(kind: CallKind, call: (sdk: Sdk, done: Callback) => void): Promise<unknown> {
    loading ??= load();
    const sdk = this.#open(await loading);
    const transport = new SdkTransport(this.#http, this.#apiUrl, kind);
    return transport.run(() =>
      current.run(
        transport,
        () =>
          new Promise((resolve, reject) => {
            call(sdk, (error, data) => {
              if (error === null || error === undefined) resolve(data);
              else reject(error instanceof Error ? error : new Error('node-quickbooks failed'));
            });
          }),
      ),
    );
  }

  #open(Constructor: SdkConstructor): Sdk {
    const sdk = new Constructor({
      consumerKey: '',
      consumerSecret: '',
      token: '',
      tokenSecret: false,
      realmId: this.#realm,
      useSandbox: false,
      debug: false,
      minorversion: 75,
      oauthversion: '2.0',
      refreshToken: null,
    });
    sdk.endpoint = `${this.#apiUrl}/v3/company/`;
    return sdk;
  }
}

/** Loads node-quickbooks and puts our transport before the axios that it uses, for calls of ours only. */
async function load(): Promise<SdkConstructor> {
  const sdk: unknown = (await import('node-quickbooks')).default;
  const beside = createRequire(createRequire(import.meta.url).resolve('node-quickbooks'));
  const axios = beside('axios') as HttpClient;
  axios.interceptors.request.use((request) => {
    const transport = current.getStore();
    return transport === undefined ? request : Object.assign(request, { adapter: transport.adapter });
  });
  return sdk as SdkConstructor;
}
