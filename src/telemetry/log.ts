// The log: one JSON object a line, which never stops the matcher and counts what it could not write.
import { mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino, type Logger } from 'pino'

export type { Logger }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const STANDARD_ERROR = 2
const NOTHING = Buffer.alloc(0)

export interface LoggerOptions {
  /** Where lines are appended; without it, standard error. */
  readonly file?: string
  /** A line could not be written: the disk is full, or nothing empties the pipe. */
  readonly onLost?: () => void
}

/** A logger that writes to standard error or to a file. */
export function createLogger(level: LogLevel, { file, onLost = () => {} }: LoggerOptions = {}): Logger {
  const fd = file === undefined ? STANDARD_ERROR : openLog(file)
  return pino(
    { name: 'hashwarden', level, timestamp: pino.stdTimeFunctions.isoTime },
    new LineWriter(fd, onLost),
  )
}

/**
 * Writes whole lines at once, and never waits: matching matters more than a line of the log. pino's own destination
 * ends the process when a line can't be written, or, after a fatal line, tries for ever.
 */
class LineWriter {
  readonly #fd: number
  readonly #onLost: () => void
  /** The end of a line that was written in part: it goes first, or the next line would begin in its midst. */
  #rest: Buffer = NOTHING

  constructor(fd: number, onLost: () => void) {
    this.#fd = fd
    this.#onLost = onLost
  }

  write(line: string): void {
    const before = this.#rest.length
    const bytes = Buffer.concat([this.#rest, Buffer.from(line)])
    const written = this.#writeSome(bytes)
    const isLost = written <= before
    this.#rest = bytes.subarray(written, isLost ? before : undefined)
    if (isLost) this.#onLost()
  }

  /** How many of the bytes were written: none if the system refuses, fewer than all if there is no more room. */
  #writeSome(bytes: Buffer): number {
    try {
      return writeSync(this.#fd, bytes)
    } catch {
      return 0
    }
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true })
  return openSync(file, 'a')
}
