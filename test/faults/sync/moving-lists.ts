// A list of each kind that changes all the time, with the faults that real ones have shown, and what each says in the end.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { IncomingMessage } from 'node:http'
import type { SourceSettings } from '../../../src/settings/source-settings.ts'
import { NcmecServer } from '../../lists/servers/ncmec-server.ts'
import { StopNciiServer } from '../../lists/servers/stopncii-server.ts'
import { TatServer } from '../../lists/servers/tat-server.ts'
import { ThreatExchangeServer } from '../../lists/servers/threatexchange-server.ts'
import { TrapServer, type Answer, type Fault } from '../../lists/servers/trap-server.ts'

/** Files that a list has at most: it grows, shrinks and changes around that. */
const MOST = 400
const PAGE_SIZE = 40
/** A clock that is this far ahead, in milliseconds. */
const AHEAD_MS = 3_600_000

/** A file behind an address, as the whole list. */
class WholeFileServer extends TrapServer {
  readonly #numbers = new Set<number>()
  #version = 0

  put(n: number): void {
    this.#numbers.add(n)
    this.#version++
  }

  delete(n: number): void {
    this.#numbers.delete(n)
    this.#version++
  }

  truth(): readonly string[] {
    return [...this.#numbers].map((n) => `md5:${md5(n)}:file-${n}`).toSorted()
  }

  protected override answer({ headers }: IncomingMessage): Answer {
    const etag = `"${this.#version}"`
    if (headers['if-none-match'] === etag) return { status: 304, type: 'text/plain', body: '' }
    const body = [...this.#numbers].map((n) => `md5 ${md5(n)} file-${n}\n`).join('')
    return { type: 'text/plain', body: body || '# no files yet\n', headers: { etag } }
  }
}

/** Files that come into a folder, each a list of its own that adds. */
class Folder {
  readonly path: string
  readonly #written = new Set<number>()

  constructor(path: string) {
    this.path = path
    mkdirSync(path)
  }

  put(n: number): void {
    // At most as many files as a folder may have.
    if (this.#written.size >= 300) return
    this.#written.add(n)
    const unfinished = join(this.path, `.${n}`)
    writeFileSync(unfinished, `md5 ${md5(n)} file-${n}\n`)
    renameSync(unfinished, join(this.path, `${n}.txt`))
  }

  truth(): readonly string[] {
    return [...this.#written].map((n) => `md5:${md5(n)}:file-${n}`).toSorted()
  }
}

/** Another one for each number. */
const md5 = (n: number): string => `f${n.toString(16).padStart(31, '0')}`

const renamed = (...names: readonly string[]): readonly Fault[] =>
  names.map((name) => ({ kind: 'replaced', what: name, by: `new-${name}` }))

export class MovingLists {
  readonly ncmec = new NcmecServer({ pageSize: PAGE_SIZE })
  readonly stopNcii = new StopNciiServer(PAGE_SIZE)
  readonly tat = new TatServer(PAGE_SIZE)
  readonly threatExchange = new ThreatExchangeServer(() => Math.floor(Date.now() / 1000), PAGE_SIZE)
  readonly file = new WholeFileServer()
  readonly folder: Folder
  readonly #random: () => number
  changes = 0
  withdrawals = 0
  faults = 0

  constructor(folder: string, random: () => number) {
    this.folder = new Folder(folder)
    this.#random = random
  }

  get #servers(): readonly TrapServer[] {
    return [this.ncmec, this.stopNcii, this.tat, this.threatExchange, this.file]
  }

  async listen(): Promise<void> {
    for (const server of this.#servers) await server.listen()
  }

  async close(): Promise<void> {
    for (const server of this.#servers) await server.close()
  }

  /** Something changes in each list, and sometimes the next answer of a server is spoilt. */
  move(): void {
    for (let times = 0; times < 5; times++) {
      this.#moveOne(Math.floor(this.#random() * MOST), this.#random() < 0.3)
    }
    if (this.#random() < 0.2) {
      const server = this.#servers[Math.floor(this.#random() * this.#servers.length)]
      server.faults.push(this.#fault(server))
      this.faults++
    }
    if (this.#random() < 0.02) {
      const server = this.#servers[Math.floor(this.#random() * this.#servers.length)]
      server.aheadMs = server.aheadMs === 0 ? AHEAD_MS : 0
      this.faults++
    }
  }

  /** No answer is spoilt any more, and all clocks are right. */
  calm(): void {
    for (const server of this.#servers) {
      server.faults.length = 0
      server.aheadMs = 0
    }
  }

  #moveOne(n: number, isWithdrawn: boolean): void {
    this.changes++
    if (isWithdrawn) this.withdrawals++
    const state = this.#random()
    const served = { member: 1 + (n % 3), id: `file-${n}`, isVideo: n % 4 === 0 }
    if (isWithdrawn) this.ncmec.delete(served)
    // A changed file may lack a hash that it had.
    else
      this.ncmec.put({
        ...served,
        classification: 'A1',
        fingerprints: { md5: md5(n), ...(state < 0.5 ? { sha1: `${md5(n)}aaaaaaaa` } : {}) },
      })
    this.stopNcii.say('VideoMD5', md5(n), isWithdrawn ? (state < 0.5 ? 'Withdrawn' : 'Deleted') : 'Active')
    this.tat.put(n + 1, 'MD5', md5(n), isWithdrawn)
    this.threatExchange.put(String(n), 'HASH_MD5', md5(n), state < 0.2 ? undefined : 'MALICIOUS', isWithdrawn)
    if (isWithdrawn) this.file.delete(n)
    else {
      this.file.put(n)
      this.folder.put(n)
    }
  }

  #fault(server: TrapServer): Fault {
    const kinds: readonly Fault[] = [
      { kind: 'corrupt' },
      { kind: 'cut-off' },
      { kind: 'hangs' },
      { kind: 'status', status: 429, headers: { 'retry-after': '1' } },
      { kind: 'status', status: 503 },
      { kind: 'status', status: 500 },
      { kind: 'body', body: '<html>for maintenance</html>' },
      ...this.#bent(server),
    ]
    return kinds[Math.floor(this.#random() * kinds.length)]
  }

  /** Pages after a release that nobody spoke of: fields with other names, and one of another type. */
  #bent(server: TrapServer): readonly Fault[] {
    if (server === this.ncmec) return renamed('fingerprints', 'member')
    if (server === this.tat) return renamed('hash_digest', 'algorithm')
    if (server === this.threatExchange) return renamed('indicator', 'MALICIOUS')
    if (server !== this.stopNcii) return []
    const isText: Fault = { kind: 'replaced', what: '"hasMoreRecords":true', by: '"hasMoreRecords":"true"' }
    return [...renamed('hashValue', 'hashStatus', 'signalType'), isText]
  }

  /** By name of the source, what it must have in the end. `isBare`: without the source's own ids. */
  truths(): readonly {
    readonly name: string
    readonly truth: readonly string[]
    readonly isBare: boolean
  }[] {
    return [
      { name: 'ncmec', truth: this.ncmec.truth(), isBare: false },
      { name: 'stopncii', truth: this.stopNcii.truth(), isBare: true },
      { name: 'tat', truth: this.tat.truth(), isBare: false },
      { name: 'threatexchange', truth: this.threatExchange.truth(), isBare: true },
      { name: 'file', truth: this.file.truth(), isBare: false },
      { name: 'folder', truth: this.folder.truth(), isBare: false },
    ]
  }

  /** Lists here grow and shrink by more than any real one: no change waits for a person. */
  sources(secrets: string): readonly SourceSettings[] {
    const common = { everyMinutes: 0.01, removesShare: 1, timeoutSeconds: 2 }
    const secret = (name: string, value: string): { file: string } => {
      const file = join(secrets, name)
      writeFileSync(file, value, { mode: 0o600 })
      return { file }
    }
    const { ncmec, stopNcii, tat, threatExchange, file, folder } = this
    const classified = { classification: { scheme: 'test', code: 'A1' } }
    return [
      {
        ...common,
        name: 'ncmec',
        kind: 'ncmec',
        base: ncmec.base,
        username: ncmec.credentials.username,
        password: secret('ncmec', ncmec.credentials.password),
      },
      {
        ...common,
        name: 'stopncii',
        kind: 'stopncii',
        base: stopNcii.base,
        functionsKey: secret('functions', stopNcii.credentials.functionsKey),
        subscriptionKey: secret('subscription', stopNcii.credentials.subscriptionKey),
        pageSize: PAGE_SIZE,
      },
      {
        ...common,
        name: 'tat',
        kind: 'tat',
        base: tat.base,
        username: tat.credentials.username,
        password: secret('tat', tat.credentials.password),
      },
      {
        ...common,
        name: 'threatexchange',
        kind: 'threatexchange',
        purpose: 'csam',
        base: threatExchange.base,
        privacyGroup: threatExchange.privacyGroup,
        token: secret('token', threatExchange.token),
      },
      {
        ...common,
        ...classified,
        name: 'file',
        kind: 'https',
        base: `${file.origin}/list.txt`,
        format: 'lines',
      },
      {
        name: 'folder',
        everyMinutes: 0.01,
        kind: 'folder',
        path: folder.path,
        format: 'lines',
        ...classified,
      },
    ]
  }
}
