import { domainToASCII } from 'node:url';

const LOCAL = String.raw`(?!\.)[^\s"<>()[\],;:\\@\p{Cc}]{1,64}(?<!\.)`;
const LABEL = String.raw`[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?`;
/**
 * One address: no spaces, double quotes, brackets or control characters (an apostrophe is part of a name, RFC 5322
 * atext); one @; a dotted domain that does not end in a number.
 */
const ADDRESS = new RegExp(String.raw`^${LOCAL}@(?:${LABEL}\.)+(?:\p{L}{2,63}|xn--[a-z0-9-]{2,59})$`, 'u');

/** The usable ones of the addresses on file, each once; what is not usable is left out, never repaired. */
export function validAddresses(addresses: string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    if (isUsable(address) && !seen.has(address.toLowerCase())) seen.set(address.toLowerCase(), address);
  }
  return [...seen.values()];
}

function isUsable(address: string): boolean {
  if (address.length > 254 || address.includes('..') || !ADDRESS.test(address)) return false;
  // Not every row of letters is an international name (UTS 46); what is none is answered with ''.
  return domainToASCII(address.slice(address.indexOf('@') + 1)) !== '';
}
