// NCMEC's hash sharing as its documentation and its users describe it: unordered pages, tombstones, dense seconds.
import type { IncomingMessage } from 'node:http'
import { sha256Hex } from '../../../src/contract/json.ts'
import { TrapServer, type Answer } from './trap-server.ts'

export interface ServedFile {
  readonly member: number
  readonly id: string
  readonly isVideo?: boolean
  /** Left out: the entry has none, as some have. */
  readonly classification?: string
  /** By tag. */
  readonly fingerprints: Readonly<Record<string, string>>
}

interface Stored {
  readonly file: ServedFile
  readonly isDeleted: boolean
  readonly changedMs: number
}

export interface NcmecServerOptions {
  /** Path before /v2. */
  readonly path?: string
  readonly pageSize?: number
  /** Milliseconds since 1970. */
  readonly clock?: () => number
}

const USER = 'user'
const PASSWORD = 'pass:word'

export class NcmecServer extends TrapServer {
  readonly credentials = { username: USER, password: PASSWORD }
  readonly #files = new Map<string, Stored>()
  readonly #served = new Map<string, number>()
  readonly #path: string
  readonly #pageSize: number
  readonly #clock: () => number
  /** Makes the `next` of pages out of the right one. */
  bendNext: ((next: string) => string) | undefined

  constructor({ path = '/hashsharing', pageSize = 10, clock = Date.now }: NcmecServerOptions = {}) {
    super()
    this.#path = path
    this.#pageSize = pageSize
    this.#clock = clock
  }

  get base(): string {
    return this.origin + this.#path
  }

  /** Adds a file, or changes it: its time is now, in whole seconds rounded up, as times of changes are there. */
  put(file: ServedFile): void {
    this.#files.set(keyOf(file), { file, isDeleted: false, changedMs: this.#now() })
  }

  delete(file: Pick<ServedFile, 'member' | 'id'>): void {
    const stored = this.#files.get(keyOf(file))
    if (stored) this.#files.set(keyOf(file), { ...stored, isDeleted: true, changedMs: this.#now() })
  }

  get live(): readonly ServedFile[] {
    return [...this.#files.values()].filter(({ isDeleted }) => !isDeleted).map(({ file }) => file)
  }

  /** When a page first held this file, in milliseconds since 1970. */
  served(key: string): number | undefined {
    return this.#served.get(key)
  }

  /** What a reader must have in the end: `type:value:sourceId`. */
  truth(): readonly string[] {
    return this.live
      .flatMap((file) =>
        Object.entries(file.fingerprints)
          .filter(([, value]) => value !== '')
          .map(([tag, value]) => `${tag === 'pdna' ? 'photodna' : tag}:${value}:${keyOf(file)}`),
      )
      .toSorted()
  }

  protected override isPage(url: URL): boolean {
    return url.pathname.endsWith('/entries')
  }

  protected override answer(request: IncomingMessage, url: URL): Answer | undefined {
    const headers = { date: new Date(this.#clock()).toUTCString() }
    const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`
    if (request.headers.authorization !== expected)
      return { status: 401, type: 'text/plain', body: 'no', headers }
    const type = 'application/xml'
    if (url.pathname === `${this.#path}/v2/status`)
      return {
        type,
        headers,
        body: '<status><ipAddress>127.0.0.1</ipAddress><username>user</username></status>',
      }
    if (url.pathname !== `${this.#path}/v2/entries`) return undefined
    return { type, headers, body: this.#page(url) }
  }

  #now(): number {
    return Math.ceil(this.#clock() / 1000) * 1000
  }

  #page({ searchParams }: URL): string {
    const fromMs = Date.parse(searchParams.get('from') ?? '')
    const toMs = Date.parse(searchParams.get('to') ?? '')
    const after = searchParams.get('after') ?? ''
    // In no order of time: by a digest of the id, which also makes pages stable while entries move on.
    const inRange = [...this.#files.values()]
      .filter(({ changedMs }) => changedMs > fromMs && changedMs <= toMs)
      .map((stored) => ({ stored, order: sha256Hex(keyOf(stored.file)) }))
      .filter(({ order }) => order > after)
      .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    const page = inRange.slice(0, this.#pageSize)
    for (const { stored } of page) {
      const key = keyOf(stored.file)
      if (!this.#served.has(key)) this.#served.set(key, Date.now())
    }
    const last = page.at(-1)
    const hasMore = inRange.length > page.length && last !== undefined
    const query = new URLSearchParams({
      from: searchParams.get('from') ?? '',
      to: searchParams.get('to') ?? '',
      after: last?.order ?? '',
    })
    const right = `/v2/entries?${query.toString()}`
    const next = hasMore ? (this.bendNext?.(right) ?? right) : undefined
    return document(
      page.map(({ stored }) => stored),
      next,
    )
  }
}

const keyOf = ({ member, id }: Pick<ServedFile, 'member' | 'id'>): string => `${member}/${id}`

const text = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const time = (ms: number): string => new Date(ms).toISOString().replace('.000Z', 'Z')

function document(page: readonly Stored[], next: string | undefined): string {
  const parts = [
    listOf(
      'image',
      page.filter(({ file }) => !file.isVideo),
    ),
    // The list of videos may be missing.
    ...(page.some(({ file }) => file.isVideo)
      ? [
          listOf(
            'video',
            page.filter(({ file }) => file.isVideo),
          ),
        ]
      : []),
  ]
  const paging = next === undefined ? '' : `<paging><next>${text(next)}</next></paging>`
  return `\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<queryResult xmlns="https://hashsharing.ncmec.org/hashsharing/v2">${paging}${parts.join('')}<extension later="true"/></queryResult>`
}

/** With no entry there is no maxTimestamp. */
function listOf(kind: 'image' | 'video', entries: readonly Stored[]): string {
  if (entries.length === 0) return `<${kind}s count="0"/>`
  const max = time(Math.max(...entries.map(({ changedMs }) => changedMs)))
  return `<${kind}s count="${entries.length}" maxTimestamp="${max}">${entries.map((one) => entryOf(kind, one)).join('')}</${kind}s>`
}

function entryOf(kind: 'image' | 'video', { file, isDeleted, changedMs }: Stored): string {
  const member = `<member id="${file.member}">A member &amp; others</member>`
  // In tombstones the id comes before the time, and there is no class.
  if (isDeleted) {
    const name = kind === 'image' ? 'deletedImage' : 'deletedVideo'
    return `<${name}>${member}<id>${text(file.id)}</id><timestamp>${time(changedMs)}</timestamp></${name}>`
  }
  const classification =
    file.classification === undefined ? '' : `<classification>${text(file.classification)}</classification>`
  const fingerprints = Object.entries(file.fingerprints)
    .map(([tag, value]) =>
      value === ''
        ? `<${tag} rel="self" href="/v2/large"/>`
        : `<${tag}> ${/^[0-9a-f]+$/.test(value) ? value.toUpperCase() : value}\n</${tag}>`,
    )
    .join('')
  return `<${kind}>${member}<timestamp>${time(changedMs)}</timestamp><id>${text(file.id)}</id>${classification}<fingerprints>${fingerprints}<hash-of-tomorrow>1</hash-of-tomorrow></fingerprints><feedback/></${kind}>`
}
