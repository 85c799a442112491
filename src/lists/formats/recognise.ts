// Tells the format of a list by its beginning. Where two formats could be meant, it refuses: a guess could accuse.
import { recogniseIcse } from './icse.ts'
import { recogniseJson } from './recognise-json.ts'
import { recogniseLines } from './lines.ts'
import { recogniseMd5sum } from './md5sum.ts'
import { recogniseNsrl } from './nsrl.ts'
import { recogniseOwnCsv } from './own-csv.ts'
import { recogniseThreatExchangeCsv } from './threatexchange-csv.ts'

/** Lines that are looked at. */
const LINES_SEEN = 20

/** The format that a list's beginning shows, or in words why it can't be told. */
export type Recognised = { readonly format: RecognisedName } | { readonly problem: string }
type RecognisedName =
  'ncmec' | 'icse' | 'csv' | 'lines' | 'md5sum' | 'nsrl' | NonNullable<ReturnType<typeof recogniseJson>>

/** `head` is the text's first part, of at least one character that is no white space. */
export function recognise(head: string): Recognised {
  const begin = head.trimStart()
  if (begin.startsWith('<')) {
    if (/<(?:[\w.-]+:)?queryResult[\s>/]/.test(begin)) return { format: 'ncmec' }
    return { problem: 'it is XML, but no answer of NCMEC (whose first element is `queryResult`)' }
  }
  if (begin.startsWith('[') || begin.startsWith('{')) return recogniseJsonText(begin)
  return recogniseTable(begin) ?? recogniseText(begin)
}

function recogniseJsonText(begin: string): Recognised {
  const [first] = firstLines(begin)
  if (first !== undefined && recogniseLines(first)) return { format: 'lines' }
  const format = recogniseJson(begin)
  return format ? { format } : { problem: 'it is JSON of a form that is not known, or that two formats have' }
}

function recogniseTable(head: string): Recognised | undefined {
  if (recogniseNsrl(head)) return { format: 'nsrl' }
  if (recogniseOwnCsv(head)) return { format: 'csv' }
  if (recogniseIcse(head)) return { format: 'icse' }
  return recogniseThreatExchangeCsv(head) ? { format: 'threatexchange' } : undefined
}

function recogniseText(head: string): Recognised {
  const lines = firstLines(head)
  if (lines.length === 0) return { problem: 'it has comments only, as far as it was looked at' }
  if (lines.every(recogniseMd5sum)) return { format: 'md5sum' }
  if (lines.every(recogniseLines)) return { format: 'lines' }
  const [first] = lines
  if (/^\\?[0-9a-f]{64} [ *]./i.test(first))
    return {
      problem: '64 digits can be SHA-256, as sha256sum prints it (--format md5sum), or PDQ (--format lines)',
    }
  if (/^[0-9a-f]{32,}$/i.test(first.trim()))
    return { problem: 'its hashes have no type: put it before each (`md5 0123…`), and say --format lines' }
  if (/[,;\t|]/.test(first))
    return {
      problem:
        'it looks like a table of its own form: say with a mapping (--format csv --mapping FILE) which column is what',
    }
  return { problem: 'its first lines are of no form that is known' }
}

/** The first whole lines that are neither blank nor comments. */
function firstLines(head: string): readonly string[] {
  const lines = head.split('\n')
  // The last one may go on.
  if (lines.length > 1) lines.pop()
  return lines.filter((line) => line.trim() !== '' && !line.trimStart().startsWith('#')).slice(0, LINES_SEEN)
}
