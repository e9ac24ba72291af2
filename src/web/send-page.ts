import type { Response } from 'express';
import { pageFrame, type Page, type Place } from './page-frame.ts';

/** Remembers for this answer from where it is looked at; set once, before anything is sent. */
export function rememberPlace(res: Response, place: Place): void {
  res.locals['place'] = place;
}

/** Sends a page in its frame and ends the answer. */
export function sendPage(res: Response, status: number, page: Page): void {
  res
    .status(status)
    .type('html')
    .send(pageFrame(page, placeOf(res)).toString());
}

/** The address of a path of ours, as the browser must ask for it. */
export const pathTo = (res: Response, path: string): string => `${placeOf(res).root}${path}`;

/** Whether this answer goes to somebody who is not on this machine. */
export const isPublic = (res: Response): boolean => placeOf(res).isPublic;

const placeOf = (res: Response): Place =>
  (res.locals['place'] as Place | undefined) ?? { root: '', isPublic: true };
