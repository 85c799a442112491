import { pino, type Logger } from 'pino'

export type { Logger }

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A logger that writes one JSON object a line, to standard error or to a file. */
export const createLogger = (level: LogLevel, file?: string): Logger =>
  pino(
    { name: 'hashwarden', level, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: file ?? 2, sync: true, mkdir: true }),
  )
