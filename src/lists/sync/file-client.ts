// Reads a list that is one file behind an HTTPS address: as a whole, when it has changed.
import { Readable } from 'node:stream'
import { ask, type Connection } from './https-request.ts'
import type { ListClient, ListPage, ReadBefore, ReadRange } from './list-client.ts'
import { readWhole, type ListForm } from './whole-file.ts'

/** A list of ten million lines, packed, is far smaller. */
const MAX_BYTES = 16 * 1024 ** 3

export interface FileOptions {
  readonly url: string
  readonly form: ListForm
  /** Names and values of the headers that sign us in. */
  readonly credentials: () => Readonly<Record<string, string>>
  readonly connection: Connection
}

/** How the server names the file as it was read last. */
interface Version {
  readonly etag?: string | undefined
  readonly lastModified?: string | undefined
}

export class FileClient implements ListClient {
  readonly #options: FileOptions

  constructor(options: FileOptions) {
    this.#options = options
  }

  async *read({ checkpoint }: ReadBefore, signal: AbortSignal): AsyncGenerator<ListPage, ReadRange> {
    const { url, form, credentials, connection } = this.#options
    const before = versionOf(checkpoint)
    const headers = {
      ...credentials(),
      ...(before.etag === undefined ? {} : { 'if-none-match': before.etag }),
      ...(before.lastModified === undefined ? {} : { 'if-modified-since': before.lastModified }),
    }
    const bounded = { ...connection, maxBytes: MAX_BYTES, isPerPiece: true }
    const answer = await ask({ url: new URL(url), headers, alsoStatus: [304] }, bounded, signal)
    if (answer.status === 304) {
      for await (const rest of answer.body) void rest
      return { checkpoint }
    }
    const { etag, 'last-modified': lastModified } = answer.headers
    yield { items: readWhole(Readable.from(answer.body), form), isComplete: true }
    return { checkpoint: JSON.stringify({ etag: bounds(etag), lastModified: bounds(lastModified) }) }
  }
}

/** No header of a sane server is longer; one that is serves no purpose, and the file is read each time. */
const bounds = (header: string | undefined): string | undefined =>
  header !== undefined && header.length <= 1_024 ? header : undefined

function versionOf(checkpoint: string | undefined): Version {
  if (checkpoint === undefined) return {}
  // We wrote it: an object with these fields, or none.
  const version = JSON.parse(checkpoint) as Version
  return version
}
