// The one way in which commands write to standard output. What can't be written ends the command with exit code 1:
// nothing is lost in silence.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fstatSync, writeSync } from 'node:fs'

const STDOUT = 1

/**
 * Standard output can't be written any more. `isReaderGone`: the reader has closed the pipe, as `head` does once it has
 * seen enough; that needs no words.
 */
export class OutputEndedError extends Error {
  readonly code = 'OUTPUT_ENDED'
  override readonly name = 'OutputEndedError'
  readonly isReaderGone: boolean

  constructor(cause: unknown) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)
    const why = code === 'ENOSPC' ? 'the disk is full' : code
    super(`Standard output can't be written (${why}): stopped. What was printed last may be cut off.`, {
      cause,
    })
    this.isReaderGone = code === 'EPIPE'
  }
}

/** Standard output, written at the pace of its reader. Each command makes its own. */
export class StandardOutput {
  /** A pipe, a socket or a terminal: Node's stream writes it. Files are written here, because the stream loses a rest. */
  readonly #isStream: boolean
  #ended: OutputEndedError | undefined

  constructor() {
    const stats = fstatSync(STDOUT)
    this.#isStream = stats.isFIFO() || stats.isSocket() || process.stdout.isTTY
    // The callback of `write` gets the error, too; without a listener it would end the process with a stack trace.
    process.stdout.on('error', () => {})
  }

  /**
   * Resolves once the text or the bytes, which must not change until then, are handed over. Throws OutputEndedError, and
   * then at every call.
   */
  async write(output: string | Uint8Array): Promise<void> {
    if (this.#ended) throw this.#ended
    try {
      if (this.#isStream) await writeToStream(output)
      else writeWhole(typeof output === 'string' ? Buffer.from(output) : output)
    } catch (error) {
      throw (this.#ended = new OutputEndedError(error))
    }
  }

  async line(text = ''): Promise<void> {
    await this.write(`${text}\n`)
  }
}

/** A value as one line of JSON, without characters that a terminal would obey: JSON itself leaves U+007F to U+009F. */
export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(/[\u007f-\u009f]/g, (char) => `\\u00${char.charCodeAt(0).toString(16)}`)}\n`

const writeToStream = (output: string | Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    process.stdout.write(output, (error) => {
      if (error) reject(error)
      else resolve()
    })
  })

/** A disk that is nearly full takes a part of what it is given, and refuses the next part. */
function writeWhole(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(STDOUT, bytes, at)
}

/**
 * Rejects with OutputEndedError when the reader of standard output has gone, also while nothing is written; never
 * settles if standard output isn't a pipe, or once the signal has aborted. Node itself notices at the next write only,
 * which may be hours away. GNU's `tail -f` watches its output for that very end, so one is started on our pipe; where
 * there is no such tail, the next write has to do.
 */
export async function unlessReaderGone(signal: AbortSignal): Promise<never> {
  const forever = new Promise<never>(() => {})
  if (signal.aborted || !fstatSync(STDOUT).isFIFO()) return forever
  const tail = spawn('tail', ['-f', '/dev/null', `--pid=${process.pid}`], {
    stdio: ['ignore', 'inherit', 'ignore'],
    // In a process group of its own: the terminal's Ctrl-C is for us, and we end it.
    detached: true,
  })
  tail.unref()
  signal.addEventListener('abort', () => tail.kill(), { once: true })
  const [, endedBy] = await once(tail, 'exit').catch(() => [])
  if (endedBy === 'SIGPIPE') throw new OutputEndedError(Object.assign(new Error(), { code: 'EPIPE' }))
  return forever
}
