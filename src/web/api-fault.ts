import { HoldfastError } from '../domain/index.ts';

/** What went wrong, as RFC 9457 writes it. `type` is always about:blank: the code says which problem it is. */
export interface Problem {
  status: number;
  /** Stable, SCREAMING_SNAKE. */
  code: string;
  detail: string;
  /** Which part of the request it is about. */
  field?: string;
  /** What to do. */
  hint?: string | undefined;
}

/** What is wrong with a query, for the caller who wrote it. */
export class QueryFault extends HoldfastError {
  readonly problem: Problem;

  constructor(problem: Omit<Problem, 'status'>) {
    super(problem.code, problem.detail);
    this.problem = { status: 400, ...problem };
  }
}
