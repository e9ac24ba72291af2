import { z } from 'zod';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** A platform's address in the configuration. Tokens go there, so that plain http is for this machine alone. */
export function address(fallback: string): z.ZodDefault<z.ZodURL> {
  return z
    .url({ protocol: /^https?$/ })
    .refine((url) => url.startsWith('https:') || isLoopback(url), 'must be https, except on this machine')
    .default(fallback);
}

/** Whether an address is one of this machine. */
export function isLoopback(url: string): boolean {
  return LOOPBACK.test(URL.parse(url)?.hostname ?? '');
}
