/** How requests leave; `fetch`, or a test's own function. */
export type Send = (url: string, init: RequestInit) => Promise<Response>;

/** One attempt at a delivery. `status` is null when no answer came in time. */
export interface Attempt {
  /** World time, epoch ms. */
  atMs: number;
  status: number | null;
  replyBytes: number;
  error: string | null;
}

export interface SignedRequest {
  url: string;
  body: string;
  headers: Record<string, string>;
  timeoutMs: number;
}

/** Throws unless an address is on this machine: the emulator calls nobody else. */
export function checkLoopback(url: string): void {
  const { hostname, protocol } = new URL(url);
  const loopback = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname);
  if (!loopback || !protocol.startsWith('http'))
    throw new Error(`webhooks go to loopback addresses only, not to ${url}`);
}

/** Sends one signed body and says what came back; never throws. `atMs` is the caller's to fill in. */
export async function attempt(send: Send, request: SignedRequest): Promise<Attempt> {
  const { url, body, headers, timeoutMs } = request;
  try {
    checkLoopback(url);
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await send(url, { method: 'POST', body, headers, redirect: 'manual', signal });
    const reply = await response.arrayBuffer();
    return { atMs: 0, status: response.status, replyBytes: reply.byteLength, error: null };
  } catch (error) {
    return {
      atMs: 0,
      status: null,
      replyBytes: 0,
      error: error instanceof Error ? error.name : String(error),
    };
  }
}
