// Reads the envelope of a page of JSON: what it must have, and what it may have besides.
import { parseJsonPage } from '../formats/json/parse-page.ts'
import { DamagedListError } from '../list-item.ts'
import { corruptPage } from './source-error.ts'

/** The fields of a page. New ones may come in any time, and are left alone. */
export type PageFields = Readonly<Record<string, unknown>>

/** @throws SourceError of code corrupt-page, which quotes nothing. */
export function pageFields(bytes: Buffer): PageFields {
  try {
    const value = parseJsonPage(bytes)
    if (value === null || typeof value !== 'object' || Array.isArray(value))
      throw corruptPage('it is no JSON object')
    // Just checked: an object with names of fields.
    return value as PageFields
  } catch (error) {
    throw error instanceof DamagedListError ? corruptPage(error.message) : error
  }
}

/** The records under this name. @throws SourceError */
export function recordsOf(page: PageFields, name: string): readonly unknown[] {
  const records = page[name]
  if (!Array.isArray(records)) throw corruptPage(`its field ${name} is no list`)
  return records
}

/** A text, or undefined if it is missing, null or empty. @throws SourceError for anything else. */
export function textOf(page: PageFields, name: string): string | undefined {
  const value = page[name] ?? ''
  // Whole numbers beyond 2^53 come as texts, others as numbers: a token may be either.
  const text = typeof value === 'number' ? String(value) : value
  if (typeof text !== 'string') throw corruptPage(`its field ${name} is no text`)
  return text === '' ? undefined : text
}
