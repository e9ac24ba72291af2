export type WorldSize = 'small' | 'medium' | 'large';

/** What a customer is in the story; limits and payment habits follow from it. */
export type Role =
  | 'fine'
  | 'near'
  | 'over'
  | 'over-hold'
  | 'late-mild'
  | 'late-hold'
  | 'cash-first'
  | 'unassessed'
  | 'unlimited'
  | 'zero'
  | 'idle'
  | 'archived'
  | 'merged';

/** How many of what a company of one size has. Roles that are not named are fine. */
export interface SizePlan {
  customers: number;
  invoices: number;
  open: number;
  families: number;
  roles: Partial<Record<Role, number>>;
}

export const SIZES: Record<WorldSize, SizePlan> = {
  small: sizePlan(60, 480, 150, 2, { 'over-hold': 3, over: 3, near: 6, 'late-hold': 5, 'late-mild': 6 }),
  medium: sizePlan(2_000, 40_000, 10_000, 40, perMille(2_000)),
  large: sizePlan(50_000, 1_000_000, 300_000, 1_000, perMille(50_000)),
};

/** Those who complete every world whatever its size; `roles` names the others. */
function sizePlan(
  customers: number,
  invoices: number,
  open: number,
  families: number,
  roles: Partial<Record<Role, number>>,
): SizePlan {
  const always = { 'cash-first': 1, unassessed: 3, unlimited: 1, zero: 1, idle: 1, archived: 3, merged: 1 };
  return { customers, invoices, open, families, roles: { ...always, ...roles } };
}

function perMille(customers: number): Partial<Record<Role, number>> {
  const shares: Partial<Record<Role, number>> = {
    'over-hold': 10,
    over: 15,
    near: 40,
    'late-hold': 35,
    'late-mild': 80,
    'cash-first': 5,
    unassessed: 30,
    unlimited: 5,
    zero: 5,
    idle: 20,
    archived: 30,
    merged: 8,
  };
  const counted = Object.entries(shares).map(([role, share]) => [
    role,
    Math.round((customers * share) / 1000),
  ]);
  return Object.fromEntries(counted) as Partial<Record<Role, number>>;
}
