// The items of a file that counts as a whole.
import type { Readable } from 'node:stream'
import { openList } from '../formats/formats.ts'
import { TextInputError } from '../input/text-input-error.ts'
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
    const { items } = await openList({ name: 'The file', stream }, form)
    yield* items
    await atEnd()
  } catch (error) {
    const isDamaged = error instanceof DamagedListError || error instanceof TextInputError
    throw isDamaged ? new SourceError('damaged-list', error.message) : error
  }
}
