// The client of platforms: hashes files, keeps the reports on disk, and hands them to the gateway until it has each of them.
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { bytePath } from '../hashing/file-path.ts'
import { hashBytes, hashFile, hashStream } from '../hashing/hash-file.ts'
import { HashingError } from '../hashing/hashing-error.ts'
import { makeReport } from '../hashing/make-report.ts'
import type { ClientEvents, ClientOptions, FileFacts, OutgoingReport, ReportedFile } from './client-types.ts'
import { Delivery, type Tell } from './delivery.ts'
import { GatewayConnection } from './post.ts'
import { RetryDelay } from './retry-delay.ts'
import { Spool } from './spool/spool.ts'

const DEFAULTS = { spoolBytes: 256 * 1024 * 1024, batchReports: 500, batchMs: 100, timeoutMs: 30_000 }
const RETRY_MS = [200, 30_000] as const

const CLOSED = 'The client is closed'

/** Waits until the spool is released up to here. */
interface Flush {
  readonly upTo: number
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * Reports files to a gateway of hashwarden. What `report` and `submit` have resolved for is on disk, and reaches the gateway
 * once it can, also if this process is killed: the next client on the same spool goes on.
 */
export class ReportClient extends EventEmitter<ClientEvents> {
  readonly #spool: Spool
  readonly #connection: GatewayConnection
  readonly #delivery: Delivery
  readonly #batchMs: number
  readonly #batchReports: number
  readonly #stopping = new AbortController()
  #batched = 0
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #saidDamagedBytes = 0
  #dueMs = 0
  #flushes: Flush[] = []
  #isClosed = false
  #closing: Promise<boolean> | undefined

  /**
   * @throws Error if the folder of the spool can't be used, or another process uses it; TypeError if the address or the key
   * is none
   */
  constructor(options: ClientOptions) {
    super()
    if (!options.key) throw new TypeError('The client needs a key: is its variable set?')
    const { spoolBytes, batchReports, batchMs, timeoutMs } = { ...DEFAULTS, ...options }
    this.#batchMs = batchMs
    this.#batchReports = batchReports
    this.#connection = new GatewayConnection(options.url, timeoutMs, options.tls)
    this.#spool = new Spool(options.spool, spoolBytes)
    this.#delivery = new Delivery({
      spool: this.#spool,
      connection: this.#connection,
      key: options.key,
      batchReports,
      timeoutMs,
      delay: new RetryDelay(options.retryMs ?? RETRY_MS),
      tell: this.#tell,
      onReleased: () => this.#onReleased(),
    })
    // What an earlier process has left. Listeners are there by then.
    if (!this.#spool.isEmpty || this.#spool.damagedBytes > 0) this.#sendSoon(0)
  }

  /**
   * Hashes a file, and reports its hashes: never the file. A string is a path.
   * @throws HashingError if there is no such file or it is empty; SpoolFullError
   */
  async report(file: string | Buffer | Readable, facts: FileFacts = {}): Promise<ReportedFile> {
    const name = facts.name ?? 'the file'
    const hashed =
      typeof file === 'string'
        ? await hashFile(bytePath(file))
        : Buffer.isBuffer(file)
          ? await hashBytes(name, file)
          : await hashStream(name, file)
    if (hashed instanceof HashingError) throw hashed
    const reportIds: string[] = []
    for (const { hashes, mediaType, view } of hashed) {
      const { platform: _, ...made } = makeReport('', hashes, idOf(facts.reportId, view))
      const { contentRef = made.reportId, observedAt = made.observedAt, fields } = facts
      await this.submit({
        ...fields,
        ...made,
        contentRef,
        observedAt,
        ...(mediaType === undefined ? {} : { mediaType }),
      })
      reportIds.push(made.reportId)
    }
    const warning = hashed.find((one) => one.warning)?.warning
    return { reportIds, ...(warning ? { warning: warning.message } : {}) }
  }

  /** Takes a report whose hashes are there already. Resolves once it is on disk. @throws SpoolFullError */
  async submit(report: OutgoingReport): Promise<void> {
    if (this.#isClosed) throw new Error(CLOSED)
    await this.#spool.add(JSON.stringify(report))
    this.#batched++
    if (this.#batched >= this.#batchReports) void this.#send()
    else this.#sendSoon(this.#batchMs)
  }

  /**
   * Resolves once the gateway has all that was submitted before. While it is away that may take long.
   * @throws Error if the spool can't be read, or the client is closed before
   */
  async flush(): Promise<void> {
    const upTo = await this.#spool.filled()
    if (this.#spool.released >= upTo) return
    await new Promise<void>((resolve, reject) => {
      this.#flushes.push({ upTo, resolve, reject })
      void this.#send()
    })
  }

  /**
   * Ends: what waits is sent first, for at most this many milliseconds; the rest stays on disk for the next client. Returns
   * whether all was sent.
   */
  close(withinMs = 10_000): Promise<boolean> {
    this.#isClosed = true
    return (this.#closing ??= this.#close(withinMs))
  }

  async #close(withinMs: number): Promise<boolean> {
    const late = setTimeout(() => this.#stopping.abort(), withinMs)
    // An error of the spool was told by an event.
    await this.flush().catch(() => {})
    clearTimeout(late)
    clearTimeout(this.#timer)
    this.#stopping.abort()
    await this.#running
    await this.#spool.close()
    this.#connection.close()
    return this.#spool.isEmpty
  }

  /** After these milliseconds, or earlier if an earlier time was set. */
  #sendSoon(ms: number): void {
    const dueMs = performance.now() + ms
    if (this.#timer !== undefined && this.#dueMs <= dueMs) return
    clearTimeout(this.#timer)
    this.#dueMs = dueMs
    this.#timer = setTimeout(() => void this.#send(), ms)
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#batched = 0
    return (this.#running ??= this.#run())
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    try {
      // Reports may have come while the last look found none.
      do await this.#delivery.run(signal)
      while (this.#spool.hasUnsent && !signal.aborted)
      this.#running = undefined
      if (signal.aborted) this.#endFlushes(new Error(CLOSED))
      this.#sayDamage()
      if (this.#spool.isEmpty) this.#tell('drained')
    } catch (error) {
      this.#running = undefined
      const failure = error instanceof Error ? error : new Error(String(error))
      this.#endFlushes(failure)
      this.#tell('spoolError', failure)
      if (!this.#isClosed) this.#sendSoon(RETRY_MS[1])
    }
  }

  #onReleased(): void {
    const { released } = this.#spool
    for (const { upTo, resolve } of this.#flushes) if (upTo <= released) resolve()
    this.#flushes = this.#flushes.filter(({ upTo }) => upTo > released)
  }

  #endFlushes(error: Error): void {
    for (const { reject } of this.#flushes) reject(error)
    this.#flushes = []
  }

  /** A listener that throws is a fault of the platform's: it must not keep reports from being sent. */
  #tell: Tell = (name, ...about) => {
    try {
      // The compiler can't see that the arguments are those of this event.
      ;(this.emit as (name: string, ...about: readonly unknown[]) => boolean).call(this, name, ...about)
    } catch (error) {
      process.emitWarning(error instanceof Error ? error : String(error))
    }
  }

  #sayDamage(): void {
    const { damagedBytes } = this.#spool
    if (damagedBytes === this.#saidDamagedBytes) return
    this.#saidDamagedBytes = damagedBytes
    this.#tell(
      'spoolError',
      new Error(`${damagedBytes} bytes of the spool are damaged, and the reports in them are lost`),
    )
  }
}

/** The second view of a file is a report of its own. */
const idOf = (reportId: string | undefined, view: string | undefined): string | undefined =>
  reportId === undefined || view === undefined ? reportId : `${reportId}:${view}`
