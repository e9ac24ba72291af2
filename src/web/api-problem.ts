import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { App } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';
import { QueryFault, type Problem } from './api-fault.ts';

const TITLES: Readonly<Record<number, string>> = {
  400: 'This request cannot be understood',
  401: 'A key is needed',
  403: 'This key may not ask that',
  404: 'Not found',
  405: 'Not that way',
  409: 'Several fit',
  429: 'Too many requests',
  503: 'Not now',
};

/** Parts of a request that errors are about. */
const FIELDS: Readonly<Record<string, { status: number; field: string }>> = {
  ORDER_AMOUNT: { status: 400, field: 'amount' },
  ORDER_CURRENCY: { status: 400, field: 'currency' },
  ORDER_REFERENCE: { status: 400, field: 'reference' },
  CONNECTION_NEEDED: { status: 400, field: 'connection' },
  CONNECTION_UNKNOWN: { status: 404, field: 'connection' },
  CUSTOMER_UNKNOWN: { status: 404, field: 'customer' },
  CUSTOMER_UNCLEAR: { status: 409, field: 'customer' },
};

/** Seconds after which an answer may be possible that was not yet. */
const RETRY_AFTER_S = 60;

/** Ends an answer with a problem. */
export function sendProblem(res: Response, problem: Problem): void {
  const { status, ...rest } = problem;
  const title = TITLES[status] ?? 'Something went wrong';
  if (status === 503 && res.get('Retry-After') === undefined) res.set('Retry-After', String(RETRY_AFTER_S));
  res
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, ...rest }));
}

/** An error of the stages as a problem: what the caller can mend, what passes by itself, or a defect. */
export function problemOf(error: unknown): Problem {
  if (error instanceof QueryFault) return error.problem;
  if (!(error instanceof HoldfastError)) return DEFECT;
  const { code, message: detail, hint } = error;
  const known = FIELDS[code];
  if (known !== undefined) return { ...known, code, detail, hint };
  if (error.kind === 'state' || error.kind === 'config') return { status: 503, code, detail, hint };
  return error.kind === 'usage' ? { status: 400, code, detail, hint } : DEFECT;
}

const DEFECT: Problem = {
  status: 500,
  code: 'INTERNAL',
  detail: 'The answer could not be made. The log of the server says more.',
};

/** Answers with a problem whatever the routes of the interface throw. */
export function onApiError(app: App): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const errorCode = error instanceof HoldfastError ? error.code : 'UNEXPECTED';
      const message = error instanceof Error ? error.message : String(error);
      app.log[problem.status === 503 ? 'warn' : 'error']({ errorCode, message }, 'no answer could be given');
    }
    sendProblem(res, problem);
  };
}

/** For addresses of the interface that there are not. */
export const noSuchAddress: RequestHandler = (_req: Request, res: Response) =>
  sendProblem(res, {
    status: 404,
    code: 'NO_SUCH_ADDRESS',
    detail: 'There is nothing at this address.',
    hint: 'See docs/order-desk.md for those that there are.',
  });

/** GET alone (and HEAD): the interface only answers. */
export const onlyReading: RequestHandler = (req, res, next) => {
  if (req.method === 'GET' || req.method === 'HEAD') return next();
  const detail = `${req.method} is not taken here: this address is only read.`;
  sendProblem(res.set('Allow', 'GET, HEAD'), { status: 405, code: 'METHOD_NOT_ALLOWED', detail });
};
