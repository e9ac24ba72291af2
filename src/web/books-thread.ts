import { Worker } from 'node:worker_threads';
import { HoldfastError } from '../domain/index.ts';
import type { Clock } from '../lib/index.ts';
import type { Books } from './books.ts';
import type { BooksPlace, BooksReply, BooksRequest } from './books-messages.ts';

/** A book of 200,000 customers fits; one that does not costs the thread, never the server. */
const OLD_GENERATION_MB = 1024;
const YOUNG_GENERATION_MB = 16;
/** Idle for so long it is ended, and its memory goes back to the system. */
const IDLE_MS = 20_000;

interface Waiting {
  resolve: (books: Books | null) => void;
  reject: (error: Error) => void;
}

/** The thread that judges, started when it is needed. One piece of work at a time: memory counts more than haste. */
export class BooksThread {
  readonly #place: BooksPlace;
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | null = null;
  #numbers = 0;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(place: BooksPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  /** Rejects with what the stages throw, and with BOOKS_FAILED when the thread itself ended (no memory). */
  ask(request: Omit<BooksRequest, 'number'>): Promise<Books | null> {
    const asked = this.#queue.then(() => this.#send(request));
    this.#queue = asked.catch(() => undefined);
    return asked;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #send(request: Omit<BooksRequest, 'number'>): Promise<Books | null> {
    const number = (this.#numbers += 1);
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise<Books | null>((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      worker.postMessage({ number, ...request } satisfies BooksRequest);
    }).finally(() => this.#endWhenIdle(worker, number));
  }

  #endWhenIdle(worker: Worker, number: number): void {
    this.#clock.deadline(IDLE_MS).addEventListener('abort', () => {
      if (this.#worker === worker && this.#numbers === number) void worker.terminate();
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./books-thread-main.ts', import.meta.url), {
      workerData: this.#place,
      resourceLimits: {
        maxOldGenerationSizeMb: OLD_GENERATION_MB,
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MB,
      },
    });
    // A thread with nothing to do keeps no command alive.
    worker.unref();
    worker.on('message', (reply: BooksReply) => this.#settle(reply));
    worker.once('error', (error: Error) => this.#lose(worker, error.message));
    worker.once('exit', () => this.#lose(worker, 'it was ended'));
    return worker;
  }

  #settle(reply: BooksReply): void {
    const waiting = this.#waiting.get(reply.number);
    this.#waiting.delete(reply.number);
    if ('books' in reply) return waiting?.resolve(reply.books);
    const { code, kind, message, hint } = reply.error;
    waiting?.reject(new HoldfastError(code, message, hint === undefined ? { kind } : { kind, hint }));
  }

  #lose(worker: Worker, message: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    const error = new HoldfastError('BOOKS_FAILED', `The figures could not be computed: ${message}.`, {
      kind: 'internal',
      hint: 'The nights go on all the same; `holdfast flags` shows their findings.',
    });
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
