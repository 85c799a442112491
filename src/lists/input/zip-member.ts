// The list in a zip file. A zip file names its members at its end, so it must be a file and can't be piped in.
import { extname } from 'node:path'
import { crc32 } from 'node:zlib'
import { openPromise, type Entry, type ZipFile } from 'yauzl'
import { TextInputError } from './text-input-error.ts'

/** More members than an archive of lists has. */
const MAX_MEMBERS = 10_000
const MAX_NAMES_SHOWN = 8
const MAX_NAME_LENGTH = 60

const STORED = 0
const DEFLATED = 8

/** Ends of the names of lists, where an archive has other files beside them. */
const LIST_ENDS = new Set([
  '.json',
  '.xml',
  '.csv',
  '.tsv',
  '.txt',
  '.md5',
  '.sha1',
  '.sha256',
  '.gz',
  '.zst',
])

const DAMAGED = 'is a zip file and is damaged or cut off: get the whole file again'

/** A member that is opened. */
export interface ZipMember {
  readonly isDeflated: boolean
  /** Its bytes as they lie in the file. */
  readonly packed: AsyncIterable<Buffer>
  /** The unpacked bytes; throws at their end if they aren't those that were packed. */
  verified(unpacked: AsyncIterable<Buffer>): AsyncGenerator<Buffer>
  close(): void
}

/**
 * Opens the one member of a zip file that can be a list. Throws a TextInputError that calls the file `name` if there are
 * several or none, if it is encrypted, or if the file is damaged.
 */
export async function openZipMember(path: string, name: string): Promise<ZipMember> {
  const problem = (text: string): TextInputError => new TextInputError(`${name} ${text}`)
  const zip = await openPromise(path, { decodeStrings: false, autoClose: false }).catch(() => {
    // Its own message can hold a name from the file.
    throw problem(DAMAGED)
  })
  try {
    const entry = theList(await membersOf(zip, problem), problem)
    if (entry.isEncrypted())
      throw problem(
        'is an encrypted zip file: unpack it with its password and pipe it in: `7z x -so FILE | hashwarden …`, with - as the file',
      )
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
      throw problem(
        `is a zip file packed by method ${entry.compressionMethod}, which isn't read here: unpack it and pipe it in: \`7z x -so FILE | hashwarden …\`, with - as the file`,
      )
    const packed = await zip.openReadStreamPromise(entry, { decodeFileData: false }).catch(() => {
      throw problem(DAMAGED)
    })
    return {
      isDeflated: entry.compressionMethod === DEFLATED,
      packed,
      verified: (unpacked) => verified(unpacked, entry, problem),
      close: () => {
        packed.destroy()
        zip.close()
      },
    }
  } catch (error) {
    zip.close()
    throw error
  }
}

/** The members that can be lists: no folders, and not what macOS adds. */
async function membersOf(zip: ZipFile, problem: (text: string) => Error): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  try {
    for await (const entry of zip.eachEntry()) {
      const path = nameOf(entry)
      if (!path.endsWith('/') && !/(^|\/)(__MACOSX\/|\._|\.DS_Store$)/.test(path)) entries.push(entry)
      if (entries.length > MAX_MEMBERS) break
    }
  } catch (error) {
    const isStrong = error instanceof Error && error.message === 'strong encryption is not supported'
    throw problem(isStrong ? 'is an encrypted zip file: unpack it first' : DAMAGED)
  }
  if (entries.length > MAX_MEMBERS)
    throw problem(`is a zip file of more than ${MAX_MEMBERS} files: unpack it and import the list alone`)
  return entries
}

function theList(members: readonly Entry[], problem: (text: string) => Error): Entry {
  if (members.some((entry) => nameOf(entry) === 'xl/workbook.xml'))
    throw problem('is an Excel workbook: save its table as CSV, and import that')
  const lists = members.filter((entry) => LIST_ENDS.has(extname(nameOf(entry)).toLowerCase()))
  const candidates = lists.length > 0 ? lists : members
  if (candidates.length === 1) return candidates[0]
  if (candidates.length === 0) throw problem('is a zip file without a file in it: get it again')
  const shown = candidates.slice(0, MAX_NAMES_SHOWN).map((entry) => harmless(nameOf(entry)))
  const more = candidates.length - shown.length
  throw problem(
    `is a zip file of ${candidates.length} files that could be the list: ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}. Unpack it, and import the one that you mean`,
  )
}

// Names aren't decoded by yauzl, which refuses some; nothing is written to a path here. Their bytes are UTF-8, or nearly.
const nameOf = ({ fileNameRaw }: Entry): string => fileNameRaw.toString('utf8').replaceAll('\\', '/')

/** A name for a message: letters, digits and what names of files commonly have. */
function harmless(name: string): string {
  const plain = name.replace(/[^\p{L}\p{N} ._/()+-]/gu, '?')
  return plain.length > MAX_NAME_LENGTH ? `${plain.slice(0, MAX_NAME_LENGTH)}…` : plain
}

async function* verified(
  unpacked: AsyncIterable<Buffer>,
  { uncompressedSize, crc32: expected }: Entry,
  problem: (text: string) => Error,
): AsyncGenerator<Buffer> {
  let bytes = 0
  let sum = 0
  for await (const chunk of unpacked) {
    bytes += chunk.length
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (bytes !== uncompressedSize || sum !== expected) throw problem(DAMAGED)
}
