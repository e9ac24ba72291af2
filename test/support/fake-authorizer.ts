import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Authorizer, Grant, TokenSet } from '../../src/domain/index.ts';
import type { ManualClock } from './manual-clock.ts';

const ACCESS_LIFE_MS = 1_800_000;

/** An OAuth server that takes its time, and that takes each refresh token once, as Xero does. */
export class FakeAuthorizer implements Authorizer {
  readonly #clock: ManualClock;
  #turn = 0;
  #valid: string;
  #fault: Error | null = null;
  /** The refresh tokens that were handed in, in order. */
  readonly used: string[] = [];

  constructor(clock: ManualClock, validRefreshToken: string) {
    this.#clock = clock;
    this.#valid = validRefreshToken;
  }

  failWith(fault: Error | null): void {
    this.#fault = fault;
  }

  async refresh(tokens: TokenSet): Promise<TokenSet> {
    this.used.push(tokens.refreshToken ?? '');
    for (let i = 0; i < 5; i += 1) await nextTurn();
    if (this.#fault !== null) throw this.#fault;
    if (tokens.refreshToken !== this.#valid)
      throw new Error(`${tokens.refreshToken ?? 'nothing'} was used before`);
    this.#turn += 1;
    this.#valid = `refresh-${this.#turn}`;
    return { ...tokens, ...this.#fresh(), refreshToken: this.#valid };
  }

  async clientCredentials(): Promise<Grant> {
    this.#turn += 1;
    const tokens: TokenSet = {
      ...this.#fresh(),
      refreshToken: null,
      refreshExpiresAtMs: null,
      grant: 'client-credentials',
      scope: 'accounting',
    };
    return { tokens, companies: [] };
  }

  begin(): Promise<never> {
    return Promise.reject(new Error('this authorizer only renews'));
  }

  complete(): Promise<never> {
    return Promise.reject(new Error('this authorizer only renews'));
  }

  revoke(): Promise<void> {
    return Promise.resolve();
  }

  #fresh(): Pick<TokenSet, 'accessToken' | 'accessExpiresAtMs'> {
    return { accessToken: `access-${this.#turn}`, accessExpiresAtMs: this.#clock.nowMs() + ACCESS_LIFE_MS };
  }
}
