// A process that uses the client, to be killed: it says which reports the client has taken.
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

export interface ClientWords {
  readonly url: string
  readonly key: string
  readonly spool: string
  /** Its reports have ids that begin with it. */
  readonly name: string
}

export class ClientProcess {
  readonly #child: ChildProcessByStdio<null, Readable, null>
  readonly #ended: Promise<unknown>

  /** `onTaken`: with the id of each report that is on disk. */
  constructor({ url, key, spool, name }: ClientWords, onTaken: (id: string) => void) {
    const program = fileURLToPath(new URL('client-child.ts', import.meta.url))
    this.#child = spawn(process.execPath, [program, url, key, spool, name], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const lines = createInterface(this.#child.stdout)
    lines.on('line', onTaken)
    this.#ended = Promise.all([once(this.#child, 'close'), once(lines, 'close')])
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /** Ends in order. Returns whether all was sent. */
  async end(): Promise<boolean> {
    this.#child.kill('SIGTERM')
    await this.#ended
    return this.#child.exitCode === 0
  }
}
