// The client of platforms: hashes files, keeps the reports on disk, and hands them to the gateway until it has each of them.
import { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { bytePath } from '../hashing/file-path.ts'
import { hashBytes, hashFile, hashStream } from '../hashing/hash-file.ts'
import { HashingError } from '../hashing/hashing-error.ts'
import { makeReport } from '../hashing/make-report.ts'
import type { ClientEvents, ClientOptions, FileFacts, OutgoingReport, ReportedFile } from './client-types.ts'
import { Delivery } from './delivery.ts'
import { GatewayConnection } from './post.ts'
import { RetryDelay } from './retry-delay.ts'
import { Spool } from './spool/spool.ts'

const DEFAULTS = { spoolBytes: 256 * 1024 * 1024, batchReports: 500, batchMs: 100, timeoutMs: 30_000 }
const RETRY_MS = [200, 30_000] as const

/** `report` and `submit` after `close`. */
const CLOSED = 'The client is closed'

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
  /** Of the last time that it was read. */
  #spoolError: Error | undefined
  #isClosed = false
  #closing: Promise<boolean> | undefined

  /** @throws Error if the folder of the spool can't be used, or another process uses it. */
  constructor(options: ClientOptions) {
    super()
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
      delay: new RetryDelay(options.retryMs ?? RETRY_MS),
      events: this,
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
   * @throws Error if the spool can't be read
   */
  async flush(): Promise<void> {
    while (!this.#spool.isEmpty && !this.#stopping.signal.aborted) {
      await this.#send()
      if (this.#spoolError) throw this.#spoolError
    }
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
    clearTimeout(this.#timer)
    const late = setTimeout(() => this.#stopping.abort(), withinMs)
    // Listeners have heard of it.
    await this.flush().catch(() => {})
    clearTimeout(late)
    clearTimeout(this.#timer)
    this.#stopping.abort()
    await this.#running
    const { isEmpty } = this.#spool
    await this.#spool.close()
    this.#connection.close()
    return isEmpty
  }

  #sendSoon(ms: number): void {
    this.#timer ??= setTimeout(() => void this.#send(), ms)
  }

  #send(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#batched = 0
    return (this.#running ??= this.#run())
  }

  async #run(): Promise<void> {
    this.#spoolError = undefined
    try {
      await this.#delivery.run(this.#stopping.signal)
      this.#sayDamage()
      if (this.#spool.isEmpty) this.emit('drained')
      // It came while the last look found none.
      else if (!this.#isClosed) this.#sendSoon(this.#batchMs)
    } catch (error) {
      this.#spoolError = error instanceof Error ? error : new Error(String(error))
      this.emit('spoolError', this.#spoolError)
      // The next report, or a flush, tries again.
      if (!this.#isClosed) this.#sendSoon(RETRY_MS[1])
    } finally {
      this.#running = undefined
    }
  }

  #sayDamage(): void {
    const { damagedBytes } = this.#spool
    if (damagedBytes === this.#saidDamagedBytes) return
    this.#saidDamagedBytes = damagedBytes
    this.emit(
      'spoolError',
      new Error(`${damagedBytes} bytes of the spool are damaged, and the reports in them are lost`),
    )
  }
}

/** The second view of a file is a report of its own. */
const idOf = (reportId: string | undefined, view: string | undefined): string | undefined =>
  reportId === undefined || view === undefined ? reportId : `${reportId}:${view}`
