import { parentPort, workerData } from 'node:worker_threads';
import { openForReading } from '../app.ts';
import { HoldfastError } from '../domain/index.ts';
import { present } from '../lib/index.ts';
import type { BooksPlace, BooksReply, BooksRequest, PlainError } from './books-messages.ts';
import { readBooks } from './read-books.ts';

// The thread beside the web server: judging a large company takes seconds, and pages must not wait for it.
const place = workerData as BooksPlace;
const port = present(parentPort, 'the parent of the thread');
const store = openForReading(place.databaseFile);

port.on('message', (request: BooksRequest) => void answer(request).then((reply) => port.postMessage(reply)));

async function answer(request: BooksRequest): Promise<BooksReply> {
  const { number } = request;
  try {
    // One snapshot for all reads: a sync that begins meanwhile must not be seen half.
    return { number, books: await store.snapshot((reader) => readBooks(reader, place.policyFile, request)) };
  } catch (error) {
    return { number, error: describe(error) };
  }
}

function describe(error: unknown): PlainError {
  if (error instanceof HoldfastError) {
    const { code, kind, message, hint } = error;
    return { code, kind, message, hint };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'UNEXPECTED', kind: 'internal', message, hint: undefined };
}
