/** Which payments were set against which invoice, by number, in some 12 bytes a link: there may be a million. */
export class LinkTable {
  #head = new Int32Array(1024);
  #next = new Int32Array(1024);
  #to = new Int32Array(1024);
  #count = 0;

  /** Adds a link between two positive numbers. */
  add(from: number, to: number): void {
    this.#count += 1;
    this.#head = withRoom(this.#head, from);
    this.#next = withRoom(this.#next, this.#count);
    this.#to = withRoom(this.#to, this.#count);
    this.#next[this.#count] = this.#head[from] ?? 0;
    this.#to[this.#count] = to;
    this.#head[from] = this.#count;
  }

  /** What a number is linked to, in the order in which the links were added. */
  of(from: number): number[] {
    const found: number[] = [];
    for (let at = this.#head[from] ?? 0; at > 0; at = this.#next[at] ?? 0) found.push(this.#to[at] ?? 0);
    return found.reverse();
  }
}

function withRoom(array: Int32Array<ArrayBuffer>, index: number): Int32Array<ArrayBuffer> {
  if (index < array.length) return array;
  const larger = new Int32Array(Math.max(array.length * 2, index + 1));
  larger.set(array);
  return larger;
}
