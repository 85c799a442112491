// The formats of lists by name, and the one way in: a file, its form, its records.
import { peek } from '../input/peek.ts'
import { TextInput, type NamedStream } from '../input/text-input.ts'
import { DamagedListError, type ListItem } from '../list-item.ts'
import type { CsvMapping } from './csv-mapping.ts'
import { readMappedCsv } from './csv.ts'
import { readHma } from './hma.ts'
import { readIcse } from './icse.ts'
import { readLines } from './lines.ts'
import { readMd5sum } from './md5sum.ts'
import { readMisp } from './misp.ts'
import { readNcmec } from './ncmec.ts'
import { readNsrl } from './nsrl.ts'
import { readOwnCsv } from './own-csv.ts'
import { recognise } from './recognise.ts'
import { readStix } from './stix.ts'
import { readStopNcii } from './stopncii.ts'
import { readTat } from './tat.ts'
import { readThreatExchangeCsv } from './threatexchange-csv.ts'
import { readThreatExchangeUpdates } from './threatexchange-updates.ts'
import { readVics } from './vics.ts'

type Text = AsyncIterable<Buffer>
type Items = AsyncIterable<readonly ListItem[]>
type Role = 'match' | 'suppress' | 'canary'

interface ReadOptions {
  /**
   * What the files come in as. A set of known-good files is refused unless it is `suppress`. `any`: the list names entries
   * of any role that go, and nothing comes in.
   */
  readonly role?: Role | 'any' | undefined
  /** Which columns of a CSV are what. */
  readonly mapping?: CsvMapping | undefined
}

interface ListFormat {
  /** For people: who makes such lists. */
  readonly title: string
  readonly read: (text: Text, options: ReadOptions) => Items
  /** A file that comes twice in one list: the later record replaces the earlier one, or both are of one file. */
  readonly repeats: 'replace' | 'unite'
  /** The scheme of its codes, if the format has one of its own. */
  readonly scheme?: string
  /** Set where a list says which of its files are matches, so that one without codes can't be imported. */
  readonly needsCodes?: true
  /** Set of known-good files: as matches they would accuse innocent people. */
  readonly isBenign?: true
}

const FORMATS = {
  ncmec: {
    title: 'NCMEC hash sharing, XML',
    read: (text) => readNcmec(text),
    repeats: 'replace',
    scheme: 'ncmec',
  },
  vics: {
    title: 'VICS 1.2, 1.3 and 2.0, JSON',
    read: (text) => readVics(text),
    repeats: 'unite',
    needsCodes: true,
  },
  icse: { title: 'INTERPOL ICSE, CSV', read: readIcse, repeats: 'unite', scheme: 'icse' },
  stopncii: {
    title: 'StopNCII, JSON',
    read: (text) => readStopNcii(text),
    repeats: 'replace',
    scheme: 'stopncii',
  },
  tat: {
    title: 'Tech Against Terrorism, JSON',
    read: (text) => readTat(text),
    repeats: 'replace',
    scheme: 'tat',
  },
  iwf: {
    title: 'Internet Watch Foundation, CSV by a mapping',
    read: readCsv,
    repeats: 'unite',
    scheme: 'iwf',
  },
  threatexchange: {
    title: 'ThreatExchange, CSV of its command line or JSON of its updates',
    read: readThreatExchange,
    repeats: 'replace',
    scheme: 'threatexchange',
  },
  hma: {
    title: 'Hasher-Matcher-Actioner, JSON of its banks',
    read: (text) => readHma(text),
    repeats: 'unite',
  },
  misp: { title: 'MISP, JSON of events', read: (text) => readMisp(text), repeats: 'unite' },
  stix: { title: 'STIX 2.1, JSON', read: (text) => readStix(text), repeats: 'replace' },
  csv: { title: "CSV by a mapping, or hashwarden's own", read: readCsv, repeats: 'unite' },
  lines: {
    title: '`type value [id]` a line, or what `hashwarden hash` prints',
    read: readLines,
    repeats: 'unite',
  },
  md5sum: { title: 'what md5sum, sha1sum and sha256sum print', read: readMd5sum, repeats: 'unite' },
  nsrl: { title: 'NSRL RDS 2, known-good files', read: readNsrl, repeats: 'unite', isBenign: true },
} as const satisfies Record<string, ListFormat>

export type FormatName = keyof typeof FORMATS

// Object.keys loses the names that the object has.
export const FORMAT_NAMES = Object.keys(FORMATS) as readonly FormatName[]

export const formatOf = (name: FormatName): ListFormat => FORMATS[name]

interface OpenOptions extends ReadOptions {
  readonly format?: FormatName | 'auto' | undefined
  /** Gets how many bytes of the file, packed as it is, have been read so far. */
  readonly onRead?: ((bytes: number) => void) | undefined
}

/**
 * Opens a list: a file, `-` for standard input, or bytes from elsewhere. `auto` tells the format by its beginning. Throws a
 * DamagedListError if it is empty, if the format can't be told, or if it is a set of known-good files that is to come in
 * as matches.
 */
export async function openList(
  source: string | NamedStream,
  { format = 'auto', onRead, ...options }: OpenOptions = {},
): Promise<{ readonly format: FormatName; readonly items: Items }> {
  const input = new TextInput(source, { onRead })
  try {
    const { head, isWhole, text } = await peek(input)
    const begin = head.toString('utf8')
    if (isWhole && begin.trim() === '')
      throw new DamagedListError('The list is empty. An empty file is no empty list: get it again.')
    const name = format === 'auto' ? told(begin, options) : format
    const { read, isBenign, title } = formatOf(name)
    if (isBenign && options.role !== 'suppress' && options.role !== 'any')
      throw new DamagedListError(
        `This is a set of known-good files (${title}). As matches they would accuse innocent people. Import it to suppress them: --role suppress --classification nsrl:known`,
      )
    return { format: name, items: read(text, options) }
  } catch (error) {
    input.destroy()
    throw error
  }
}

/** What to do with a list whose format nothing shows. */
const UNKNOWN_FORM = `Say it with --format ${FORMAT_NAMES.join('|')}; a list of another form can come in as lines (\`md5 0123… id\`), or as a table whose columns a file explains (--mapping FILE)`

function told(begin: string, { mapping }: ReadOptions): FormatName {
  if (mapping !== undefined) return 'csv'
  const recognised = recognise(begin)
  if ('format' in recognised) return recognised.format
  const { problem, remedy = UNKNOWN_FORM } = recognised
  throw new DamagedListError(`The list's format can't be told: ${problem}. ${remedy}.`)
}

/** CSV by its mapping; without one it has to be our own. */
function readCsv(text: Text, { mapping, role }: ReadOptions): Items {
  return mapping === undefined ? readOwnCsv(text, role) : readMappedCsv(text, mapping)
}

/** Both forms of ThreatExchange: JSON begins with a brace or a bracket, and the header of the CSV with neither. */
async function* readThreatExchange(text: Text): AsyncGenerator<readonly ListItem[]> {
  const { head, text: whole } = await peek(text)
  const isJson = /^\s*[[{]/.test(head.toString('utf8'))
  yield* isJson ? readThreatExchangeUpdates(whole) : readThreatExchangeCsv(whole)
}
