/** Where a browser ended up. */
export interface Visited {
  status: number;
  url: string;
  body: string;
}

const mostRedirects = 20;

/**
 * Plays the user's browser: opens an address, keeps cookies per host and follows redirects (also between servers)
 * until an answer is none. Throws when there is no end to them.
 */
export async function visit(address: string, open: typeof fetch = fetch): Promise<Visited> {
  const cookies = new Map<string, Map<string, string>>();
  let url = address;
  for (let hop = 0; hop < mostRedirects; hop += 1) {
    const jar = jarOf(cookies, url);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await open(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    keepCookies(jar, response.headers.getSetCookie());
    const location = response.headers.get('location');
    if (response.status < 300 || response.status >= 400 || location === null)
      return { status: response.status, url, body: await response.text() };
    await response.body?.cancel();
    url = new URL(location, url).href;
  }
  throw new Error(`more than ${String(mostRedirects)} redirects from ${address}`);
}

function jarOf(cookies: Map<string, Map<string, string>>, url: string): Map<string, string> {
  const { hostname } = new URL(url);
  const jar = cookies.get(hostname) ?? new Map<string, string>();
  cookies.set(hostname, jar);
  return jar;
}

function keepCookies(jar: Map<string, string>, lines: string[]): void {
  for (const line of lines) {
    const match = /^([^=;]+)=([^;]*)/.exec(line);
    if (match) jar.set(match[1] ?? '', match[2] ?? '');
  }
}
