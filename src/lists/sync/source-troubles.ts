// What the state of a source says when it is in trouble: sentences for an operator.
import { errorSummary } from '../../telemetry/error-summary.ts'
import { UndeclaredListError } from '../import/terms.ts'
import { DamagedListError } from '../list-item.ts'
import { REFUSED_PAGE_CODES, SourceError, type SourceErrorCode } from './source-error.ts'

export const CHANGE_REFUSED =
  'A person refused the change that this source brings. Settle it with the people who run the list: until the change is another one, nothing of it is applied.'

export const STATE_UNREADABLE =
  'The state of this source in topic lists can’t be read: it may come from a later version. The source is read from its beginning, and a change that removes or adds much waits for a person.'

export const recordsRefused = (count: number): string =>
  `${count} records of the source can’t be used: their hashes are not known here. The others are live. Tell the people who run the list.`

export const isRefusedPage = (code: SourceErrorCode): boolean =>
  REFUSED_PAGE_CODES.some((one) => one === code)

/** Any error of a reading, with a code. */
export function failureOf(error: unknown): SourceError {
  if (error instanceof SourceError) return error
  if (error instanceof DamagedListError || error instanceof UndeclaredListError)
    return new SourceError('damaged-list', error.message)
  return new SourceError('other', `Reading this source failed: ${errorSummary(error)}. It is tried again.`)
}
