import type { ConnectionView } from './connection-view.ts';

/** Whether there will be something new to see in a moment: the page then looks again by itself. */
export const isMoving = ({ isRenewing, published, live }: ConnectionView): boolean =>
  isRenewing || (published === null && live !== null);
