// Clients of kafkajs that are replaced once they can never recover.
import type { Admin, Producer } from 'kafkajs'
import { LogClosedError } from '../log/log-faults.ts'
import { isLeaderless, isUnknownTopic } from './errors.ts'

interface Lease<T> {
  readonly client: T
  uses: number
  isOut: boolean
}

/**
 * Whether only a new client helps. kafkajs asks for the metadata of all topics at once that a client was ever used for, so
 * the client fails for all of them once one is deleted. After a failure for want of a leader it never asks for the new
 * topic again, and then reads a property of undefined (a TypeError).
 */
const needsNewClient = (error: unknown): boolean =>
  isUnknownTopic(error) || isLeaderless(error) || error instanceof TypeError

/** A producer or admin of kafkajs that connects on first use, and is replaced by a new one where kafkajs never recovers. */
export class RenewedClient<T extends Producer | Admin> {
  readonly #make: () => T
  #current: Promise<Lease<T>> | undefined
  readonly #open = new Set<Lease<T>>()
  readonly #inWork = new Set<Promise<unknown>>()
  #isClosed = false

  constructor(make: () => T) {
    this.#make = make
  }

  /** Does work that may be done twice: once more with a new client if only that helps. */
  async use<R>(work: (client: T) => Promise<R>): Promise<R> {
    if (this.#isClosed) throw new LogClosedError()
    const done = this.#use(work)
    this.#inWork.add(done)
    try {
      return await done
    } finally {
      this.#inWork.delete(done)
    }
  }

  /**
   * Lets the work in flight end, then disconnects. (A client of kafkajs connects again for a request that comes after its
   * end, and nothing would close that connection.)
   */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.allSettled(this.#inWork)
    // The client may still be connecting.
    await this.#current?.catch(() => {})
    await Promise.all([...this.#open].map((lease) => this.#disconnect(lease)))
  }

  async #use<R>(work: (client: T) => Promise<R>): Promise<R> {
    const connected = this.#connected()
    const lease = await connected
    try {
      return await this.#useOnce(lease, work)
    } catch (error) {
      if (!needsNewClient(error)) throw error
      if (this.#current === connected) this.#current = undefined
      lease.isOut = true
      this.#disconnectUnused(lease)
    }
    return this.#useOnce(await this.#connected(), work)
  }

  async #useOnce<R>(lease: Lease<T>, work: (client: T) => Promise<R>): Promise<R> {
    lease.uses++
    try {
      return await work(lease.client)
    } finally {
      lease.uses--
      this.#disconnectUnused(lease)
    }
  }

  /** Other callers may still have work in flight on a client that was replaced: it stays connected until they end. */
  #disconnectUnused(lease: Lease<T>): void {
    if (lease.isOut && lease.uses === 0 && this.#open.has(lease)) void this.#disconnect(lease)
  }

  #connected(): Promise<Lease<T>> {
    const current = (this.#current ??= this.#connect())
    current.catch(() => {
      if (this.#current === current) this.#current = undefined
    })
    return current
  }

  async #connect(): Promise<Lease<T>> {
    const lease = { client: this.#make(), uses: 0, isOut: false }
    await lease.client.connect()
    this.#open.add(lease)
    return lease
  }

  async #disconnect(lease: Lease<T>): Promise<void> {
    this.#open.delete(lease)
    await lease.client.disconnect().catch(() => {})
  }
}
