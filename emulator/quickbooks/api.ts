import { performance } from 'node:perf_hooks';
import type { World } from '../core/control.ts';
import { header } from '../core/http.ts';
import type { EmulatorRequest, Handler, Reply, Route } from '../core/http.ts';
import { bearerOf } from '../core/oauth.ts';
import type { AuthorizationServer } from '../core/oauth.ts';
import { listCompanies } from '../core/companies.ts';
import { CompanyBooks } from './books.ts';
import { changeData } from './change-data.ts';
import { exchangeRate } from './exchange-rate.ts';
import {
  authenticationFailed,
  authorizationFailed,
  faultJson,
  faultXml,
  gatewayJson,
  QuickBooksFault,
  throttled,
  unreadable,
} from './fault-bodies.ts';
import { deliverDue, prepareDeliveries, sendInvoice } from './invoice-send.ts';
import type { QuickBooksOptions } from './options.ts';
import { readRecord, writeRecord } from './record-endpoints.ts';
import type { Body } from './record-merge.ts';
import { RequestMemory } from './request-memory.ts';
import type { RememberedReply } from './request-memory.ts';
import { runQuery } from './run-query.ts';
import { Throttle } from './throttle.ts';
import { toXmlReply } from './xml-reply.ts';
import { pacificZone, stampWithMs } from './zone-time.ts';

const scope = 'com.intuit.quickbooks.accounting';

/** A request that has been let in: whose books it is about, and how it was made. */
interface Call {
  books: CompanyBooks;
  request: EmulatorRequest;
}

/** Answers with the reply's JSON text, or a whole reply where it is not JSON. */
type Endpoint = (call: Call) => string | Reply;

/** The accounting API of all companies of one emulator. */
export class AccountingApi {
  readonly #world: World;
  readonly #options: QuickBooksOptions;
  readonly #oauth: AuthorizationServer;
  readonly #memory: RequestMemory;
  readonly #throttle: Throttle;

  constructor(world: World, options: QuickBooksOptions, oauth: AuthorizationServer) {
    this.#world = world;
    this.#options = options;
    this.#oauth = oauth;
    this.#throttle = new Throttle(() =>
      options.limitClock === 'world' ? world.clock.nowMs() : performance.now(),
    );
    this.#memory = new RequestMemory(world, options.requestIdMemoryMs);
    prepareDeliveries(world.state.db);
    world.state.db.exec(
      'CREATE INDEX IF NOT EXISTS quickbooks_by_id ON row (company, entity, seq, deleted, hidden)',
    );
  }

  /** Every path below /v3/company/{realm}. */
  routes(): Route[] {
    return [
      this.#get('query', ({ books, request }) => runQuery(books, request.query.get('query') ?? '')),
      this.#post('query', ({ books, request }) => runQuery(books, request.body.toString('utf8'))),
      this.#get('cdc', ({ books, request }) =>
        changeData(books, request.query.get('entities'), request.query.get('changedSince')),
      ),
      this.#get('preferences', ({ books }) => single(books, readRecord(books, 'Preferences', '1'))),
      this.#get('exchangerate', ({ books, request: { query } }) =>
        rate(books, exchangeRate(books, query.get('sourcecurrencycode'), query.get('asofdate'))),
      ),
      this.#get(':entity/:id', ({ books, request: { params } }) =>
        single(books, readRecord(books, params['entity'] ?? '', params['id'] ?? '')),
      ),
      this.#post('invoice/:id/send', (call) => this.#remembered(call, () => this.#send(call))),
      this.#post(':entity', (call) => this.#remembered(call, () => this.#write(call))),
    ];
  }

  #get(path: string, endpoint: Endpoint): Route {
    return { method: 'GET', pattern: `/v3/company/:realm/${path}`, handler: this.#guarded(endpoint) };
  }

  #post(path: string, endpoint: Endpoint): Route {
    return { method: 'POST', pattern: `/v3/company/:realm/${path}`, handler: this.#guarded(endpoint) };
  }

  #guarded(endpoint: Endpoint): Handler {
    return (request) => {
      const realm = request.params['realm'] ?? '';
      const refusal = this.#refusal(request, realm);
      if (refusal) return refusal;
      const books = new CompanyBooks(this.#world, realm, this.#options);
      deliverDue(books);
      return this.#answer({ books, request }, endpoint);
    };
  }

  #refusal(request: EmulatorRequest, realm: string): Reply | undefined {
    const now = this.#world.clock.nowMs();
    const grant = this.#oauth.check(bearerOf(request) ?? '');
    if (!grant) return jsonReply(401, gatewayJson(authenticationFailed, 'AUTHENTICATION', Math.floor(now)));
    const served = listCompanies(this.#world.state, 'quickbooks').some((one) => one.remoteId === realm);
    if (!served || !grant.companies.includes(realm) || !grant.scope.split(' ').includes(scope)) {
      return jsonReply(403, gatewayJson(authorizationFailed, 'SERVICE', Math.floor(now)));
    }
    if (!this.#options.limits || this.#throttle.admit(realm)) return undefined;
    const wait = this.#options.retryAfterSeconds;
    return {
      status: 429,
      headers: { 'content-type': xmlType, ...(wait === null ? {} : { 'retry-after': String(wait) }) },
      body: faultXml(throttled, 'SERVICE', stampWithMs(now, pacificZone)),
    };
  }

  #answer(call: Call, endpoint: Endpoint): Reply {
    try {
      const answer = endpoint(call);
      return typeof answer === 'string' ? formatted(call, 200, answer) : answer;
    } catch (error) {
      if (!(error instanceof QuickBooksFault)) throw error;
      const status = this.#options.okFaultCodes.includes(error.error.code) ? 200 : error.status;
      return formatted(call, status, faultJson(error, call.books.replyTime()));
    }
  }

  // Only what was done is remembered: a refused request may be corrected and sent under the same id.
  #remembered(call: Call, act: () => string | Reply): string | Reply {
    const id = call.request.query.get('requestid');
    if (id === null || (isSend(call) && !this.#options.requestIdOnSend)) return act();
    if (id.length > 50) throw unreadable('requestid is longer than 50 characters', 'requestid');
    const before: RememberedReply | undefined = this.#memory.recall(call.books.realm, id);
    if (before) return before.body;
    const answer = act();
    if (typeof answer === 'string') this.#memory.keep(call.books.realm, id, { status: 200, body: answer });
    return answer;
  }

  #write(call: Call): string {
    const { books, request } = call;
    const body = bodyOf(request);
    const { entity, id, deed, record } = writeRecord(
      books,
      request.params['entity'] ?? '',
      request.query,
      body,
    );
    this.#effect(call, `${entity.toLowerCase()}-${deed}`, id, JSON.stringify(body));
    return single(books, { entity, json: JSON.stringify(record) });
  }

  #send(call: Call): string | Reply {
    const { books, request } = call;
    const isJson = (header(request, 'content-type') ?? '').startsWith('application/json');
    const { sendAsJsonStatus } = this.#options;
    if (isJson && request.body.length === 0 && sendAsJsonStatus !== 200) {
      if (sendAsJsonStatus === 500) return { status: 500 };
      throw unreadable('Unexpected end of the request body');
    }
    const id = request.params['id'] ?? '';
    const invoice = sendInvoice(books, id, request.query.get('sendTo'));
    this.#effect(
      call,
      'invoice-send',
      id,
      JSON.stringify({ to: invoice['BillEmail'], number: invoice['DocNumber'] }),
    );
    return single(books, { entity: 'Invoice', json: JSON.stringify(invoice) });
  }

  #effect({ books, request }: Call, kind: string, target: string, body: string): void {
    this.#world.effects.add({
      platform: 'quickbooks',
      company: books.realm,
      kind,
      target,
      method: request.method,
      path: request.url,
      requestId: request.query.get('requestid'),
      body,
    });
  }
}

const xmlType = 'application/xml;charset=UTF-8';

function isSend({ request }: Call): boolean {
  return request.path.toLowerCase().endsWith('/send');
}

function single(books: CompanyBooks, { entity, json }: { entity: string; json: string }): string {
  return `{"${entity}":${json},"time":"${books.replyTime()}"}`;
}

function rate(books: CompanyBooks, json: string): string {
  return single(books, { entity: 'ExchangeRate', json });
}

function bodyOf(request: EmulatorRequest): Body {
  try {
    const body = JSON.parse(request.body.toString('utf8')) as unknown;
    if (typeof body === 'object' && body !== null && !Array.isArray(body)) return body as Body;
  } catch {
    // Not JSON: refused below in QuickBooks' words.
  }
  throw unreadable('The request body is not a JSON object');
}

function formatted({ request }: Call, status: number, json: string): Reply {
  if ((header(request, 'accept') ?? '').includes('application/json')) return jsonReply(status, json);
  return { status, headers: { 'content-type': xmlType }, body: toXmlReply(json) };
}

function jsonReply(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/json;charset=UTF-8' }, body };
}
