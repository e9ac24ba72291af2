/** The known word that somebody probably meant: at most two letters differ; null when none is so near. */
export function nearestWord(asked: string, words: readonly string[]): string | null {
  if (asked.length > 100) return null;
  const near = words
    .filter((word) => Math.abs(word.length - asked.length) <= 2)
    .map((word) => ({ word, distance: lettersBetween(asked.toLowerCase(), word.toLowerCase()) }))
    .filter(({ word, distance }) => distance <= Math.min(2, Math.floor(word.length / 3)));
  return near.sort((a, b) => a.distance - b.distance)[0]?.word ?? null;
}

/** How many letters must be added, taken away or changed to make one word of the other. */
function lettersBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const change = (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(change, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
