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

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined }

/**
 * JSON with the fields of every object in alphabetic order and no white space: equal messages have equal bytes.
 * (Numbers here are integers or JavaScript doubles, whose shortest form is the same in every engine: RFC 8785.)
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, field: Json) => {
    if (field === null || typeof field !== 'object' || Array.isArray(field)) return field
    return Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  })
}

export const sha256Hex = (data: string | Uint8Array): string =>
  createHash('sha256').update(data).digest('hex')
