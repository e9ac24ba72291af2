/** One address: no spaces, quotes, brackets or control characters; one @; a dotted domain that ends in a letter. */
const ADDRESS = /^[^\s"'<>()[\],;:\\@\p{Cc}]{1,64}@[\p{L}\p{N}.-]{1,253}\.\p{L}{2,63}$/u;

/** The usable ones of the addresses on file, each once; what is not usable is left out, never repaired. */
export function validAddresses(addresses: string[]): string[] {
  const seen = new Map<string, string>();
  for (const address of addresses) {
    const usable = ADDRESS.test(address) && !address.includes('..') && address.length <= 254;
    if (usable && !seen.has(address.toLowerCase())) seen.set(address.toLowerCase(), address);
  }
  return [...seen.values()];
}
