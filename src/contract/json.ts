// JSON as bytes: bounded parsing, the canonical form, and digests of it.
import { createHash } from 'node:crypto'
import { isUtf8 } from 'node:buffer'
import { Rejection } from './rejection.ts'

/** Parses a record's bytes as one JSON value of at most `maxBytes`. */
export function parseJson(bytes: Uint8Array | null, maxBytes: number): unknown {
  if (bytes === null || bytes.length === 0) return new Rejection('empty')
  if (bytes.length > maxBytes) return new Rejection('oversized')
  if (!isUtf8(bytes)) return new Rejection('not-utf8')
  try {
    const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    return JSON.parse(buffer.toString('utf8'))
  } catch {
    // The parser's own message quotes the text: it must not reach a log.
    return new Rejection('not-json')
  }
}

/**
 * JSON with the fields of every object in the order of their names' UTF-16 code units and no white space: equal messages
 * have equal bytes (RFC 8785). Printed by hand: an object of JavaScript holds names that look like integers first, in
 * the order of their numbers, whatever order they were put in.
 * (Numbers here are integers or JavaScript doubles, whose shortest form is the same in every engine.)
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) {
    const elements: readonly unknown[] = value
    return `[${elements.map((element) => canonicalJson(element === undefined ? null : element)).join(',')}]`
  }
  // `sort` compares by code unit. One text that grows costs two thirds of what entries, mapped and joined, cost.
  // Any object can be read by the names that it has.
  const fields = value as Readonly<Record<string, unknown>>
  let text = ''
  for (const name of Object.keys(fields).sort()) {
    const field = fields[name]
    if (field === undefined) continue
    text += `${text === '' ? '{' : ','}${JSON.stringify(name)}:${canonicalJson(field)}`
  }
  return text === '' ? '{}' : `${text}}`
}

/** How many names the objects in a parsed value have. Fewer than its text has: one came twice, and JSON.parse kept the last. */
export function countNames(value: unknown): number {
  if (value === null || typeof value !== 'object') return 0
  let names = 0
  if (Array.isArray(value)) {
    for (const element of value) names += countNames(element)
    return names
  }
  // A parsed object inherits no names. Going through them like this makes no list of its values.
  const fields = value as Readonly<Record<string, unknown>>
  for (const name in fields) {
    names++
    const field = fields[name]
    if (typeof field === 'object') names += countNames(field)
  }
  return names
}

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')
