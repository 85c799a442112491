// A server of a list, on this machine, that a fault can strike.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'

const FILES = 40

/** Of a bent list each of these has a value that is none. */
const BENT_EVERY = 5

/** How it answers: with the whole list, with 401, with a file that is cut off, with a bent list, or with half of the list. */
export type ListAnswer = 'whole' | 'refuses' | 'damaged' | 'bent' | 'half'

export class ListServer {
  answer: ListAnswer = 'whole'
  readonly #server: Server = createServer((_, response) => {
    if (this.answer === 'refuses') return response.writeHead(401).end()
    const list = gzipSync(listOf(this.answer))
    return response.end(this.answer === 'damaged' ? list.subarray(0, list.length / 2) : list)
  })

  /** Resolves to its address. */
  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    // It listens on a port.
    const { port } = this.#server.address() as AddressInfo
    return `http://127.0.0.1:${port}/list.txt.gz`
  }

  async stop(): Promise<void> {
    this.#server.close()
    this.#server.closeAllConnections()
    await once(this.#server, 'close')
  }
}

const listOf = (answer: ListAnswer): string =>
  Array.from({ length: answer === 'half' ? FILES / 2 : FILES }, (_, n) => {
    const value = createHash('sha256').update(`file ${n}`).digest('hex')
    return `sha256 ${answer === 'bent' && n % BENT_EVERY === 0 ? 'no value' : value} file-${n}\n`
  }).join('')
