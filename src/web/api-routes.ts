import express, { type Router } from 'express';
import type { App } from '../app.ts';
import { AnswerCounter, Desk } from '../desk/index.ts';
import { answerCreditCheck } from './api-credit-check.ts';
import { HeldShelf, answerHeld } from './api-held.ts';
import { onlyWithKey } from './api-key.ts';
import { ApiPace } from './api-pace.ts';
import { noSuchAddress, onApiError, onlyReading } from './api-problem.ts';
import { PolicyShelf } from './policy-shelf.ts';

/** The interface for programs, under /api/v1. It answers through any name: every request carries a key. */
export class Api {
  readonly router: Router;
  readonly #counter: AnswerCounter;

  constructor(app: App) {
    const { store, clock } = app;
    const policy = new PolicyShelf(app);
    const desk = new Desk({ reader: store.reader, clock, policy: () => policy.read() });
    const pace = new ApiPace(clock);
    this.#counter = new AnswerCounter(store, clock);
    this.router = express.Router({ caseSensitive: true, strict: true });
    this.router.use(onlyReading);
    this.router.get(
      '/credit-check',
      onlyWithKey(app, 'credit-check', pace),
      answerCreditCheck(app, desk, this.#counter),
    );
    const held = new HeldShelf(app);
    const maySeeHeld = onlyWithKey(app, 'held:read', pace);
    this.router.get(['/held', '/held.json'], maySeeHeld, answerHeld(app, held, 'json'));
    this.router.get('/held.csv', maySeeHeld, answerHeld(app, held, 'csv'));
    this.router.use(noSuchAddress, onApiError(app));
  }

  /** Writes down what was counted. */
  close(): Promise<void> {
    return this.#counter.close();
  }
}
