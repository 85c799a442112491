// The API key that a request shows: as a bearer token, or in a header of its own.
import type { Presented } from './credentials.ts'
import { readKey, type GivenKey } from './key-text.ts'

export function presentedKey({
  authorization,
  'x-api-key': own,
}: Presented['headers']): GivenKey | undefined {
  // Both could be of two platforms.
  if (authorization !== undefined && own !== undefined) return undefined
  const [, bearer] = /^bearer +(\S+)$/i.exec(authorization ?? '') ?? []
  const text = authorization === undefined ? own : bearer
  return typeof text === 'string' ? readKey(text) : undefined
}
