// Reads the files that come into a folder, each once, whole, in the order of their times.
import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { sha256Hex } from '../../contract/json.ts'
import type { ListClient, ListPage, ReadBefore, ReadRange } from './list-client.ts'
import { SourceError } from './source-error.ts'
import { readWhole, type ListForm } from './whole-file.ts'

/** The checkpoint names each file in 17 bytes: more don't fit into its record. */
const MOST_FILES = 450
const DIGITS = 16
/** Names of files that somebody is still writing. */
const UNFINISHED = /^\.|~$|\.(part|tmp|filepart|crdownload)$/

export interface FolderOptions {
  readonly path: string
  readonly form: ListForm
  /** The newest file is the whole list. */
  readonly isComplete: boolean
}

interface Found {
  readonly path: string
  readonly mtimeMs: number
  /** Of name, size and time: a file that is replaced is another one. */
  readonly digest: string
}

export class FolderClient implements ListClient {
  readonly #options: FolderOptions
  /** Digests of the look before: a file that has changed since is still being written. */
  #seen = new Set<string>()

  constructor(options: FolderOptions) {
    this.#options = options
  }

  async *read({ checkpoint = '' }: ReadBefore): AsyncGenerator<ListPage, ReadRange> {
    const { isComplete } = this.#options
    const done = new Set(checkpoint.split(' ').filter((digest) => digest !== ''))
    const found = await this.#look()
    const settled = found.filter(({ digest }) => this.#seen.has(digest) || done.has(digest))
    this.#seen = new Set(found.map(({ digest }) => digest))
    // An older file under the newest one says nothing any more.
    const wanted = (isComplete ? settled.slice(-1) : settled).filter(({ digest }) => !done.has(digest))
    for (const file of wanted) yield { items: this.#items(file), isComplete }
    const read = new Set([...done, ...wanted.map(({ digest }) => digest)])
    // Those that are gone may come again.
    const kept = found.filter(({ digest }) => read.has(digest)).map(({ digest }) => digest)
    const next = kept.join(' ')
    return { checkpoint: next === '' ? undefined : next }
  }

  /** Oldest first. */
  async #look(): Promise<readonly Found[]> {
    const { path } = this.#options
    const found: Found[] = []
    try {
      for (const entry of await readdir(path, { withFileTypes: true })) {
        if (!entry.isFile() || UNFINISHED.test(entry.name)) continue
        const file = await describe(join(path, entry.name))
        if (file) found.push(file)
      }
    } catch (error) {
      const code: unknown = error instanceof Error && 'code' in error ? error.code : error
      throw new SourceError(
        'not-there',
        `The folder can't be read (${String(code)}): check its path and its rights.`,
      )
    }
    if (found.length > MOST_FILES)
      throw new SourceError(
        'too-large',
        `The folder has more than ${MOST_FILES} files: move those away that were read.`,
      )
    return found.toSorted((a, b) => a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : 1))
  }

  /** Each reading of the items reads the file anew. */
  #items(file: Found): ListPage['items'] {
    const { form } = this.#options
    const isSame = async (): Promise<void> => {
      const now = await describe(file.path)
      if (now?.digest !== file.digest) throw new SourceError('damaged-list', HAS_CHANGED)
    }
    const read = (): ReturnType<typeof readWhole> => readWhole(createReadStream(file.path), form, isSame)
    return { [Symbol.asyncIterator]: read }
  }
}

const HAS_CHANGED = 'A file of the folder has changed while it was read: it is read again.'

/** Undefined if it is gone by now. */
async function describe(path: string): Promise<Found | undefined> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return undefined
  const digest = sha256Hex(`${path}\n${found.size}\n${found.mtimeMs}\n${found.ino}`).slice(0, DIGITS)
  return { path, mtimeMs: found.mtimeMs, digest }
}
