import type { Request, RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';
import { errorPage } from './error-page.ts';
import { isPublic, rememberPlace, sendPage } from './send-page.ts';

/** Headers by which a proxy betrays that the browser is not on this machine. */
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/** Headers of every answer. Nothing may run or be loaded that is not a file of ours; nobody may frame us. */
export function securityHeaders(): RequestHandler[] {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        baseUri: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // 'no-referrer' would make browsers send "Origin: null" with our own forms.
    referrerPolicy: { policy: 'same-origin' },
    xFrameOptions: { action: 'deny' },
  });
  return [
    headers,
    (_req, res, next) => {
      res.set('Cache-Control', 'no-store');
      res.set('Permissions-Policy', 'camera=(), geolocation=(), microphone=(), payment=(), usb=()');
      next();
    },
  ];
}

/**
 * Answers only requests that name us: a page that points a name of its own at 127.0.0.1 (DNS rebinding) gets 421,
 * and nothing that we write ever repeats the Host header.
 */
export function onlyKnownHosts(config: Config): RequestHandler {
  const { host, pathname } = new URL(config.baseUrl);
  const root = pathname.replace(/\/+$/, '');
  return (req, res, next) => {
    const fromAfar = !isLoopbackName(req) || FORWARDING.some((name) => req.headers[name] !== undefined);
    rememberPlace(res, { root: fromAfar ? root : '', isPublic: fromAfar });
    // The absolute form of a request (GET http://host/ HTTP/1.1) is for proxies, and we are none.
    if (!req.url.startsWith('/')) return sendPage(res, 400, errorPage(400));
    if (!isLoopbackName(req) && req.headers.host !== host) return sendPage(res, 421, errorPage(421));
    next();
  };
}

/** TRACE, OPTIONS and everything else that no page needs is off. */
export function onlyMethods(...methods: string[]): RequestHandler {
  return (req, res, next) => {
    if (methods.includes(req.method)) return next();
    res.set('Allow', methods.join(', '));
    sendPage(res, 405, errorPage(405));
  };
}

/**
 * Figures are shown on this machine only, as long as nobody can sign in: through a public name only the way back
 * from a platform's consent is open.
 */
export function onlyOnThisMachine(): RequestHandler {
  return (_req, res, next) => {
    if (isPublic(res)) sendPage(res, 403, errorPage(403, 'elsewhere'));
    else next();
  };
}

/**
 * For what changes something: the browser must say that one of our own pages asked for it (Origin, and
 * Sec-Fetch-Site where it is sent). A foreign page can send a form here, but cannot lie in these headers.
 */
export function onlyFromOurPages(): RequestHandler {
  return (req, res, next) => {
    const site = req.headers['sec-fetch-site'];
    const isOurs = loopbackNames(req).some((name) => req.headers.origin === `http://${name}`);
    if (isOurs && (site === undefined || site === 'same-origin')) next();
    else sendPage(res, 403, errorPage(403, 'foreign'));
  };
}

const isLoopbackName = (req: Request): boolean => loopbackNames(req).includes(req.headers.host ?? '');

function loopbackNames(req: Request): string[] {
  const port = req.socket.localPort ?? 0;
  const names = ['localhost', '127.0.0.1', '[::1]'];
  return names.map((name) => (port === 80 ? name : `${name}:${port}`));
}
