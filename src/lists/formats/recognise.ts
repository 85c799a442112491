// Tells the format of a list by its beginning. Where two formats could be meant, it refuses: a guess could accuse.
import { recogniseIcse } from './icse.ts'
import { recogniseJson } from './recognise-json.ts'
import { recogniseLines } from './lines.ts'
import { recogniseMd5sum } from './md5sum.ts'
import { recogniseNsrl } from './nsrl.ts'
import { isOwnCsvSavedAgain, recogniseOwnCsv } from './own-csv.ts'
import { recogniseThreatExchangeCsv } from './threatexchange-csv.ts'

/** Lines that are looked at. */
const LINES_SEEN = 20

/** The format that a list's beginning shows, or in words why it can't be told, and what to do if that is clear. */
export type Recognised =
  { readonly format: RecognisedName } | { readonly problem: string; readonly remedy?: string }
type RecognisedName =
  'ncmec' | 'icse' | 'csv' | 'lines' | 'md5sum' | 'nsrl' | NonNullable<ReturnType<typeof recogniseJson>>

/** `head` is the text's first part, of at least one character that is no white space. */
export function recognise(head: string): Recognised {
  const begin = head.trimStart()
  if (begin.startsWith('<')) {
    if (/^<!doctype html|^<html/i.test(begin))
      return {
        problem: 'it is a web page, perhaps one that asks to sign in',
        remedy: 'Get the list itself again',
      }
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
  if (recogniseThreatExchangeCsv(head)) return { format: 'threatexchange' }
  return isOwnCsvSavedAgain(head)
    ? {
        problem:
          'it is a CSV of hashwarden that another program has saved again, and spreadsheets change ids',
        remedy: 'Import the file as it was exported',
      }
    : undefined
}

const MOSTLY = [
  ['md5sum', recogniseMd5sum],
  ['lines', recogniseLines],
] as const

function recogniseText(head: string): Recognised {
  const lines = firstLines(head)
  if (lines.length === 0) return { problem: 'it has comments only, as far as it was looked at' }
  if (lines.every(recogniseMd5sum)) return { format: 'md5sum' }
  if (lines.every(recogniseLines)) return { format: 'lines' }
  const [first] = lines
  if (/^\\?[0-9a-f]{64} [ *]./i.test(first))
    return {
      problem: '64 digits can be SHA-256, as sha256sum prints it, or PDQ',
      remedy: 'Say which: --format md5sum, or --format lines',
    }
  // The first line may name the one column.
  if (lines.slice(0, 2).some((line) => /^[0-9a-f]{32,}$/i.test(line.trim())))
    return {
      problem: 'its hashes have no type',
      remedy: 'Put it before each (`md5 0123…`), and say --format lines',
    }
  if (/[,;\t|]/.test(first))
    return {
      problem: 'it looks like a table of its own form',
      remedy: 'Say in a file (config/csv-mapping.schema.json) which column is what: --mapping FILE',
    }
  for (const [format, isOne] of MOSTLY)
    if (lines.filter(isOne).length * 2 > lines.length)
      return {
        problem: `most of its first lines are those of the format ${format}, and some are not`,
        remedy: `If it is such a list, say --format ${format}: the other lines are refused, and named`,
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
