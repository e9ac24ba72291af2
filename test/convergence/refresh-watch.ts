/**
 * Watches the refresh tokens that the product sends: never two at once with the same one, and none that was replaced
 * after its replacement had arrived. Both are what a lock around the refresh is for.
 */
export class RefreshWatch {
  readonly #underWay = new Map<string, number>();
  readonly #replaced = new Set<string>();
  readonly problems: string[] = [];

  /** A call to the token endpoint begins; returns what its reply is told to. */
  begin(form: URLSearchParams): RefreshCall | null {
    const token = form.get('refresh_token');
    if (form.get('grant_type') !== 'refresh_token' || token === null) return null;
    const others = this.#underWay.get(token) ?? 0;
    this.#underWay.set(token, others + 1);
    if (others > 0) this.problems.push('two refreshes of one token set were under way at once');
    if (this.#replaced.has(token))
      this.problems.push('a refresh token was used after its replacement had arrived');
    return {
      end: () => this.#underWay.set(token, (this.#underWay.get(token) ?? 1) - 1),
      arrived: (replacement) => {
        if (replacement !== '' && replacement !== token) this.#replaced.add(token);
      },
    };
  }

  /** A process died: what had arrived may never have been written down. */
  forget(): void {
    this.#underWay.clear();
    this.#replaced.clear();
  }
}

export interface RefreshCall {
  end: () => void;
  /** The reply arrived whole, with this refresh token. */
  arrived: (replacement: string) => void;
}
