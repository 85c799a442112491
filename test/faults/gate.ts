import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const OFFSET_COMMIT = 8

/** A connection through the gate. */
interface Passage {
  readonly client: Socket
  readonly broker: Socket
  /** Passes on whatever the client has sent and may pass. */
  readonly pump: () => void
}

/** A proxy in front of a broker that can hold back offset commits, or everything. */
export class Gate {
  readonly #server: Server
  readonly #passages = new Set<Passage>()
  #state: 'open' | 'no-commits' | 'shut' = 'open'
  #held = Promise.withResolvers<void>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens on a port of its own and forwards to `target`, a port on this machine. */
  static async open(target: number): Promise<Gate> {
    const server = createServer()
    const gate = new Gate(server)
    server.on('connection', (client) => gate.#forward(client, connect(target, '127.0.0.1')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return gate
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The gate is not listening')
    return address.port
  }

  /**
   * Holds back commits: it reads the frames that clients send (length, then the API key), and lets none of a connection
   * pass from its first OffsetCommit on. Resolves once a client has tried to commit.
   */
  holdCommits(): Promise<void> {
    this.#held = Promise.withResolvers()
    this.#state = 'no-commits'
    return this.#held.promise
  }

  /** Lets nothing pass, in neither direction, and closes no connection: as a network does that has lost a cable. */
  shut(): void {
    this.#state = 'shut'
    for (const passage of this.#passages) still(passage)
  }

  /** Lets everything pass, also what waits. */
  reopen(): void {
    this.#state = 'open'
    for (const { client, broker, pump } of this.#passages) {
      pump()
      client.resume()
      broker.resume()
    }
  }

  async end(): Promise<void> {
    for (const { client } of this.#passages) client.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #forward(client: Socket, broker: Socket): void {
    let pending = Buffer.alloc(0)
    const pump = (): void => {
      while (this.#state !== 'shut' && pending.length >= 6) {
        const frameBytes = 4 + pending.readInt32BE(0)
        if (pending.length < frameBytes) return
        if (this.#state === 'no-commits' && pending.readInt16BE(4) === OFFSET_COMMIT) {
          this.#held.resolve()
          return
        }
        broker.write(pending.subarray(0, frameBytes))
        pending = pending.subarray(frameBytes)
      }
    }
    const passage = { client, broker, pump }
    this.#passages.add(passage)
    const both = [client, broker]
    for (const socket of both) {
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#passages.delete(passage)
        for (const other of both) other.destroy()
      })
    }
    client.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      pump()
    })
    broker.on('data', (chunk) => client.write(chunk))
    if (this.#state === 'shut') still(passage)
  }
}

function still({ client, broker }: Passage): void {
  client.pause()
  broker.pause()
}
