import type { Fault } from './core/faults.ts';
import {
  authenticationFailed,
  faultJson,
  faultXml,
  gatewayJson,
  QuickBooksFault,
  throttled,
} from './quickbooks/fault-bodies.ts';
import { tooMany } from './xero/limits.ts';

/*
 * Faults that platforms have been seen with, ready to be declared: add `path`, `method`, `after`, `times` to taste.
 */

/** What stands before either platform while it is being worked on: HTML, whatever was asked for. */
export function maintenancePage(retryAfterSeconds?: number): Fault {
  return {
    status: 503,
    headers: { 'content-type': 'text/html; charset=utf-8', ...retryAfter(retryAfterSeconds) },
    body: '<!DOCTYPE html><html><head><title>We’ll be back soon</title></head><body><h1>Maintenance</h1></body></html>',
  };
}

/** Xero's 429 for one of its limits: minute, day, appminute, concurrent. */
export function xeroTooMany(problem: string, retryAfterSeconds?: number): Fault {
  const { status, headers, body } = tooMany(
    problem,
    retryAfterSeconds === undefined ? undefined : retryAfterSeconds * 1000,
  );
  return { server: 'xero', status, ...(headers ? { headers } : {}), body };
}

/** Intuit's 429, XML although JSON was asked for. */
export function quickBooksTooMany(retryAfterSeconds?: number): Fault {
  return {
    server: 'quickbooks',
    status: 429,
    headers: { 'content-type': 'application/xml;charset=UTF-8', ...retryAfter(retryAfterSeconds) },
    body: faultXml(throttled, 'SERVICE', stamp),
  };
}

/** The four shapes in which QuickBooks says that something failed. */
export type FaultShape = 'json' | 'gateway' | 'xml' | 'http-200';

/** A fault of QuickBooks in one of its four shapes; what failed is Intuit's own system, or the token at its gateway. */
export function quickBooksFault(shape: FaultShape): Fault {
  const json = { 'content-type': 'application/json;charset=UTF-8' };
  const body = faultJson(systemFailure, stamp);
  switch (shape) {
    case 'json':
      return { server: 'quickbooks', status: 500, headers: json, body };
    case 'http-200':
      return { server: 'quickbooks', status: 200, headers: json, body };
    case 'gateway': {
      const refused = gatewayJson(authenticationFailed, 'AUTHENTICATION', Date.parse(stamp));
      return { server: 'quickbooks', status: 401, headers: json, body: refused };
    }
    case 'xml': {
      const headers = { 'content-type': 'application/xml;charset=UTF-8' };
      const text = faultXml(systemFailure.error, systemFailure.type, stamp);
      return { server: 'quickbooks', status: 500, headers, body: text };
    }
  }
}

const stamp = '2026-03-11T02:00:00.000-07:00';
const systemFailure = new QuickBooksFault(500, 'SystemFault', {
  message: 'An application error has occurred while processing your request',
  detail: 'System Failure Error: Unexpected Internal Error',
  code: '10000',
});

function retryAfter(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}
