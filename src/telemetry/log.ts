import { mkdirSync, openSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { pino, type Logger } from 'pino'

export type { Logger }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

const STANDARD_ERROR = 2

/** A logger that writes one JSON object a line, to standard error or to a file. */
export function createLogger(level: LogLevel, file?: string): Logger {
  const fd = file === undefined ? STANDARD_ERROR : openLog(file)
  // Not pino's own destination: where a line can't be written (a full disk), that ends the process, or, after a fatal
  // line, tries for ever.
  const destination = {
    write: (line: string): void => {
      try {
        writeSync(fd, line)
      } catch {
        // Matching matters more than a line of the log.
      }
    },
  }
  return pino({ name: 'hashwarden', level, timestamp: pino.stdTimeFunctions.isoTime }, destination)
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true })
  return openSync(file, 'a')
}
