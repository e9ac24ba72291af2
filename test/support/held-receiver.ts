import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { HeldDocument } from '../../src/desk/index.ts';

/** One post as the receiver heard it. */
export interface HeardPost {
  id: string;
  /** Signed by our secret, over these very bytes. */
  isGenuine: boolean;
  body: string;
  list: HeldDocument & { version: number; madeAt: string };
}

/** What it does with the next posts: an answer's status, silence, or a connection cut off after it was read. */
export type Mood = number | 'silent' | 'cut';

/** A shop's server that takes the held list. Checks signatures as docs/order-desk.md says. */
export class HeldReceiver {
  readonly secret: string;
  readonly heard: HeardPost[] = [];
  mood: Mood = 200;
  #server: Server | null = null;
  #port = 0;

  constructor(secret: string) {
    this.secret = secret;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/held?shop=1`;
  }

  /** At the same port as before, once it had one. */
  async open(): Promise<void> {
    const server = createServer((req, res) => void this.#take(req, res));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  versions(): number[] {
    return this.heard.map(({ list }) => list.version);
  }

  async #take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const { mood } = this;
    const body = await text(req);
    const list = JSON.parse(body) as HeardPost['list'];
    const id = String(req.headers['holdfast-delivery']);
    const isGenuine = req.method === 'POST' && this.#isGenuine(req, body);
    this.heard.push({ id, isGenuine, body, list });
    if (mood === 'cut') req.socket.destroy();
    else if (mood !== 'silent') res.writeHead(mood).end('thanks');
  }

  #isGenuine(req: IncomingMessage, body: string): boolean {
    const match = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(req.headers['holdfast-signature']));
    const [, t = '', claimed] = match ?? [];
    return createHmac('sha256', this.secret).update(`${t}.${body}`).digest('hex') === claimed;
  }
}
