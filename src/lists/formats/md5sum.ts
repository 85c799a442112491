// What md5sum, sha1sum, sha256sum and sha512sum print, and their BSD forms. Names of files are dropped.
import { lineBatches } from '../input/text-lines.ts'
import type { ListItem } from '../list-item.ts'
import { isComment } from './list-line.ts'
import { bareId, listedHashOf, listedTypeOf } from './listed-hash.ts'
import { unkeptKind } from './unkept-kind.ts'

/** `hash  name`, `hash *name`, and with a backslash before it where the name has characters that are escaped. */
const PLAIN = /^\\?([0-9a-f]+) [ *]./i
/** `MD5 (name) = hash`. A name may hold `) = `, so the last one counts. */
const BSD = /^\\?([a-z0-9/-]{1,16}) \(.*\) = ([0-9a-f]+)$/i

/** A digest's width tells what made it, among the tools of this family. */
const BY_DIGITS: Readonly<Record<number, 'md5' | 'sha1' | 'sha256' | 'sha512'>> = {
  32: 'md5',
  40: 'sha1',
  64: 'sha256',
  128: 'sha512',
}

/** Whether a line can be nothing else: 64 digits can be a PDQ hash, too, with an id behind them. */
export function recogniseMd5sum(line: string): boolean {
  if (BSD.test(line)) return true
  const digits = PLAIN.exec(line)?.[1].length
  return digits === 32 || digits === 40 || digits === 128
}

export async function* readMd5sum(text: AsyncIterable<Buffer>): AsyncGenerator<readonly ListItem[]> {
  let number = 0
  for await (const lines of lineBatches(text)) {
    const items: ListItem[] = []
    for (const bytes of lines) {
      number++
      // Names need not be UTF-8.
      const line = bytes.toString('latin1')
      if (line.trim() !== '' && !isComment(line)) items.push(itemOf(line, `line ${number}`))
    }
    if (items.length > 0) yield items
  }
}

function itemOf(line: string, place: string): ListItem {
  const bsd = BSD.exec(line)
  const printed = bsd?.[2] ?? PLAIN.exec(line)?.[1]
  if (printed === undefined)
    return {
      kind: 'refused',
      place,
      reason: 'it is no line of md5sum: expected `hash  name` or `MD5 (name) = hash`',
    }
  const type = bsd ? listedTypeOf(bsd[1]) : BY_DIGITS[printed.length]
  if (type === undefined)
    return bsd
      ? { kind: 'passed-over', place, why: `type ${unkeptKind(bsd[1])}` }
      : { kind: 'refused', place, reason: 'its hash has not the digits of MD5, SHA-1, SHA-256 or SHA-512' }
  const hash = listedHashOf(type, printed)
  return hash
    ? { kind: 'file', place, sourceId: bareId(hash), isBare: true, hashes: [hash] }
    : { kind: 'refused', place, reason: `its hash has not the digits of its type` }
}
