// NIST's National Software Reference Library, RDS 2: known files of software. A benign set: only ever a role of suppress.
import { lineBatches } from '../input/text-lines.ts'
import { DamagedListError, type ListItem } from '../list-item.ts'
import { bareId, listedHashOf } from './listed-hash.ts'

/**
 * Its rows are CSV in Latin-1 with quotes that aren't escaped in the names of files. The two hashes come first, so that
 * the rest of a line need not be taken apart.
 */
const HEADER = /^"SHA-1","MD5","CRC32","FileName"/
const ROW = /^"([0-9A-F]{40})","([0-9A-F]{32})",/i

export const recogniseNsrl = (head: string): boolean => HEADER.test(head)

export async function* readNsrl(text: AsyncIterable<Buffer>): AsyncGenerator<readonly ListItem[]> {
  let number = 0
  for await (const lines of lineBatches(text)) {
    const items: ListItem[] = []
    for (const bytes of lines) {
      const line = bytes.toString('latin1')
      if (number++ > 0) items.push(...itemsOf(line, `line ${number}`))
      else if (!HEADER.test(line))
        throw new DamagedListError(
          'The first line is not that of an RDS 2 file of NSRL ("SHA-1","MD5","CRC32","FileName",…). RDS 3 is a database: export its table with these columns.',
        )
    }
    if (items.length > 0) yield items
  }
}

function itemsOf(line: string, place: string): readonly ListItem[] {
  if (line.trim() === '') return []
  const row = ROW.exec(line)
  const sha1 = row && listedHashOf('sha1', row[1])
  const md5 = row && listedHashOf('md5', row[2])
  if (!sha1 || !md5)
    return [{ kind: 'refused', place, reason: 'it does not begin with a SHA-1 and an MD5 value' }]
  return [{ kind: 'file', place, sourceId: bareId(sha1), isBare: true, hashes: [sha1, md5] }]
}
