/** Something in a policy that cannot be meant, with the place where it stands. */
export interface Contradiction {
  path: (string | number)[];
  /** What is wrong and what to do. */
  message: string;
}
