// VICS documents of tests, and what is read of them.
import { expect } from 'vitest'
import { readVics } from '../../../src/lists/formats/vics.ts'
import type { ListItem } from '../../../src/lists/list-item.ts'
import { itemsOf } from './made-up.ts'

export const read = (document: unknown, pieceBytes?: number): Promise<readonly ListItem[]> =>
  itemsOf(readVics, document, pieceBytes)

/** The items of media in a document without a context. */
export const media = (...records: readonly unknown[]): Promise<readonly ListItem[]> =>
  read({ value: records })

export const one = async (record: object): Promise<ListItem> => {
  const items = await media({ MediaID: 1, ...record })
  expect(items).toHaveLength(1)
  return items[0]
}

export const file = (fields: object): object => expect.objectContaining({ kind: 'file', ...fields })
