import { unreachable } from '../../lib/index.ts';
import type { Reader } from '../../store/index.ts';
import type { Asking, CaseChange, DisputeChange, LimitChange, Prepared } from './case-change.ts';
import {
  prepareDispute,
  prepareDisputeApproval,
  prepareDisputeEnd,
  prepareReview,
} from './prepare-dispute.ts';
import {
  prepareInsurance,
  prepareLimits,
  prepareTemporaryEnd,
  prepareTemporaryLimit,
} from './prepare-limit.ts';
import { preparePromise, prepareWithdrawal } from './prepare-promise.ts';
import { prepareRelease, prepareReleaseEnd } from './prepare-release.ts';
import { prepareClearing, prepareStanding } from './prepare-standing.ts';
import { prepareTag } from './prepare-tag.ts';

/** Looks at any change in the state that a reader shows; throws when it cannot be done. */
export async function prepare(reader: Reader, asking: Asking, change: CaseChange): Promise<Prepared> {
  if (isLimit(change)) return prepareLimit(reader, asking, change);
  if (isDispute(change)) return prepareDisputeChange(reader, asking, change);
  switch (change.kind) {
    case 'promise.add':
      return preparePromise(reader, asking, change);
    case 'promise.withdraw':
      return prepareWithdrawal(reader, asking, change);
    case 'standing.set':
      return prepareStanding(reader, asking, change);
    case 'standing.clear':
      return prepareClearing(reader, asking, change);
    case 'release.grant':
      return prepareRelease(reader, asking, change);
    case 'release.end':
      return prepareReleaseEnd(reader, asking, change);
    case 'tag.add':
    case 'tag.remove':
      return prepareTag(reader, asking, change);
    default:
      return unreachable(change);
  }
}

const isLimit = (change: CaseChange): change is LimitChange => change.kind.startsWith('limit.');
const isDispute = (change: CaseChange): change is DisputeChange => change.kind.startsWith('dispute.');

async function prepareLimit(reader: Reader, asking: Asking, change: LimitChange): Promise<Prepared> {
  switch (change.kind) {
    case 'limit.set':
      return prepareLimits(reader, asking, change);
    case 'limit.temporary':
      return prepareTemporaryLimit(reader, asking, change);
    case 'limit.temporary.end':
      return prepareTemporaryEnd(reader, asking, change);
    case 'limit.insure':
      return prepareInsurance(reader, asking, change);
  }
}

async function prepareDisputeChange(
  reader: Reader,
  asking: Asking,
  change: DisputeChange,
): Promise<Prepared> {
  switch (change.kind) {
    case 'dispute.open':
      return prepareDispute(reader, asking, change);
    case 'dispute.review':
      return prepareReview(reader, asking, change);
    case 'dispute.approve':
      return prepareDisputeApproval(reader, asking, change);
    case 'dispute.close':
      return prepareDisputeEnd(reader, asking, change);
  }
}
