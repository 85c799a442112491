// The items of a file that counts as a whole.
import type { Readable } from 'node:stream'
import { openList } from '../formats/formats.ts'
import { DamagedListError, type ListItem } from '../list-item.ts'
import { SourceError } from './source-error.ts'

type OpenList = typeof openList

/** How the file is to be read. */
export type ListForm = NonNullable<Parameters<OpenList>[1]>

/** @throws SourceError of code damaged-list: nothing of the file is used. */
export async function* readWhole(
  stream: Readable,
  form: ListForm,
  atEnd: () => Promise<void> = () => Promise.resolve(),
): AsyncGenerator<readonly ListItem[]> {
  try {
    const { items } = await openList({ name: 'the file', stream }, form)
    yield* items
    await atEnd()
  } catch (error) {
    throw error instanceof DamagedListError ? new SourceError('damaged-list', error.message) : error
  }
}
