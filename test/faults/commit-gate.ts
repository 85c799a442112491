import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'

const OFFSET_COMMIT = 8

/**
 * A proxy in front of a broker that can hold back offset commits: it reads the frames that clients send (length,
 * then the API key) and, while closed, stops a connection at its first OffsetCommit. Everything else passes.
 */
export class CommitGate {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #closed = false
  #held = Promise.withResolvers<void>()

  private constructor(server: Server) {
    this.#server = server
  }

  /** Listens on a port of its own and forwards to `target()`, a port on this machine. */
  static async open(target: () => number): Promise<CommitGate> {
    const server = createServer()
    const gate = new CommitGate(server)
    server.on('connection', (client) => gate.#forward(client, connect(target(), '127.0.0.1')))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return gate
  }

  get port(): number {
    const address = this.#server.address()
    if (address === null || typeof address === 'string') throw new Error('The gate is not listening')
    return address.port
  }

  close(): void {
    this.#closed = true
    this.#held = Promise.withResolvers()
  }

  /** Resolves once a client has tried to commit at the closed gate. */
  get held(): Promise<void> {
    return this.#held.promise
  }

  async end(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #forward(client: Socket, broker: Socket): void {
    const pair = [client, broker]
    for (const socket of pair) {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        this.#sockets.delete(socket)
        for (const other of pair) other.destroy()
      })
    }
    broker.pipe(client)
    let pending = Buffer.alloc(0)
    let stalled = false
    client.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      while (!stalled && pending.length >= 6) {
        const frameBytes = 4 + pending.readInt32BE(0)
        if (pending.length < frameBytes) return
        if (this.#closed && pending.readInt16BE(4) === OFFSET_COMMIT) {
          stalled = true
          this.#held.resolve()
          return
        }
        broker.write(pending.subarray(0, frameBytes))
        pending = pending.subarray(frameBytes)
      }
    })
  }
}
