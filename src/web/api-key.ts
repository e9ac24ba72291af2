import type { Request, RequestHandler } from 'express';
import type { App } from '../app.ts';
import { readApiKey, type ApiScope } from '../cases/index.ts';
import type { ApiPace } from './api-pace.ts';
import { sendProblem } from './api-problem.ts';

const REALM = 'Bearer realm="holdfast"';

/**
 * Lets through who presents a living key of this scope in "Authorization: Bearer …", and not faster than a key may
 * ask. On this machine as well: the interface is for programs, and every program has a key of its own.
 */
export function onlyWithKey(app: App, scope: ApiScope, pace: ApiPace): RequestHandler {
  return async (req, res, next) => {
    const presented = bearerOf(req);
    if (presented === null) {
      sendProblem(res.set('WWW-Authenticate', REALM), NO_KEY);
      return;
    }
    const key = await readApiKey(app.store.reader, presented, app.clock.nowMs());
    if (key === null) {
      sendProblem(res.set('WWW-Authenticate', `${REALM}, error="invalid_token"`), BAD_KEY);
      return;
    }
    if (!key.scopes.includes(scope)) {
      const header = `${REALM}, error="insufficient_scope", scope="${scope}"`;
      const detail = `This key is not for ${scope}.`;
      const hint = 'Make one that is, with `holdfast keys`.';
      sendProblem(res.set('WWW-Authenticate', header), { status: 403, code: 'KEY_SCOPE', detail, hint });
      return;
    }
    const waitS = pace.waitSeconds(presented);
    if (waitS === 0) return next();
    const detail = 'This key asks more often than 100 times a second.';
    sendProblem(res.set('Retry-After', String(waitS)), { status: 429, code: 'TOO_MANY_REQUESTS', detail });
  };
}

const NO_KEY = {
  status: 401,
  code: 'KEY_NEEDED',
  detail: 'No key was presented.',
  hint: 'Send "Authorization: Bearer KEY"; `holdfast keys` makes keys.',
};

const BAD_KEY = {
  status: 401,
  code: 'KEY_UNKNOWN',
  detail: 'This key is not known, or was revoked or has ended.',
  hint: '`holdfast keys` lists keys and makes new ones.',
};

/** The key of the Authorization header; never of the address, which ends up in logs. */
function bearerOf(req: Request): string | null {
  const match = /^Bearer +([\x21-\x7e]{1,200}) *$/i.exec(req.headers.authorization ?? '');
  return match?.[1] ?? null;
}
