// From a format's route and mapper to its reader.
import { DamagedListError, type ListItem, type ReadItems } from '../../list-item.ts'
import type { Route } from './route.ts'
import { JsonSplitter } from './splitter.ts'

/** What a record says. It takes any value, and never throws: a record that can't be used is an item `refused`. */
export type RecordItems = (record: unknown, place: string) => readonly ListItem[]

/** Makes items of one document. */
export interface DocumentMapper {
  /** `kind` is that of the record's route. */
  record(record: unknown, place: string, kind: string): readonly ListItem[]
  field?(name: string, value: unknown): readonly ListItem[]
  folder?(): void
  end?(): readonly ListItem[]
}

export interface JsonFormat {
  readonly route: Route
  /** The records of such a document, for a message: '`value`, an array of media'. */
  readonly records: string
  readonly mapper: () => DocumentMapper
}

export function jsonReader({ route, records, mapper }: JsonFormat): ReadItems {
  return async function* (text) {
    let items: ListItem[] = []
    const document = mapper()
    const splitter = new JsonSplitter(route, {
      record: (value, place, kind) => addAll(items, document.record(value, place, kind)),
      refused: (place, reason) => items.push({ kind: 'refused', place, reason }),
      field: (name, value) => addAll(items, document.field?.(name, value) ?? []),
      folder: () => document.folder?.(),
    })
    for await (const chunk of text) {
      splitter.push(chunk)
      if (items.length === 0) continue
      yield items
      items = []
    }
    splitter.end()
    if (!splitter.hasRecords)
      throw new DamagedListError(
        `The text is JSON and has no list in it: expected ${records}. Is it of another format?`,
      )
    addAll(items, document.end?.() ?? [])
    if (items.length > 0) yield items
  }
}

/** A format whose records say all, each for itself. */
export const recordReader = (route: Route, records: string, items: RecordItems): ReadItems =>
  jsonReader({ route, records, mapper: () => ({ record: items }) })

function addAll(items: ListItem[], more: readonly ListItem[]): void {
  for (const item of more) items.push(item)
}
