import { domainToASCII } from 'node:url';
import { PlatformError } from '../../src/domain/index.ts';

/** One mailbox: no spaces, no list, no display name; international domains are fine (RFC 5321, RFC 6531). */
const MAILBOX = /^([^\s@<>,;:"()[\]\\]{1,64})@([^\s@<>,;:"()[\]\\]{1,253})$/u;

/** Whether an address is a single, deliverable-looking mailbox. Nothing is repaired: a wrong one is refused. */
export function isMailbox(address: string): boolean {
  const match = MAILBOX.exec(address);
  const [, local = '', domain = ''] = match ?? [];
  if (match === null || hasControl(address) || address.length > 254) return false;
  if (local.startsWith('.') || local.endsWith('.') || local.includes('..')) return false;
  const ascii = domainToASCII(domain);
  return /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/i.test(ascii);
}

/** The mailbox of 'Name <address>' or of a bare address; null when it is neither. */
export function mailboxOf(from: string): string | null {
  if (hasControl(from)) return null;
  const bracketed = /^[^<>]*<([^<>]+)>$/.exec(from.trim())?.[1];
  const address = bracketed ?? from.trim();
  return isMailbox(address) ? address : null;
}

/** Throws PLATFORM_REFUSED (sent 'no') when a text would start a header line of its own. */
export function refuseLineEnds(text: string, what: string): void {
  if (hasControl(text)) throw refusedBefore(`The ${what} holds a line end or another control character.`);
}

/** A message that is refused before anything is sent, and will be refused as often as it is tried. */
export function refusedBefore(message: string): PlatformError {
  return new PlatformError('PLATFORM_REFUSED', message, { sent: 'no' });
}

function hasControl(text: string): boolean {
  // eslint wants no control characters in patterns; \p{Cc} is the same set, with U+2028 and U+2029 beside it.
  return /[\p{Cc}\u2028\u2029]/u.test(text);
}
