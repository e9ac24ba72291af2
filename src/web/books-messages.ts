import type { ConnectionId, Day, ErrorKind } from '../domain/index.ts';
import type { Books } from './books.ts';

/** Where the thread finds what it reads. */
export interface BooksPlace {
  databaseFile: string;
  policyFile: string;
}

/** What the thread is asked: judge a connection as it is now, or show what a night wrote down of it. */
export interface BooksRequest {
  number: number;
  kind: 'judge' | 'saved';
  id: ConnectionId;
  asOf: Day;
}

/** An error as it crosses from thread to thread. */
export interface PlainError {
  code: string;
  kind: ErrorKind;
  message: string;
  hint: string | undefined;
}

/** `books` null: there is nothing to show. */
export type BooksReply = { number: number } & ({ books: Books | null } | { error: PlainError });
