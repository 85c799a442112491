// How the process of a service ends: in time, whatever the broker and the database do, and whatever is left open.
import type { Logger } from '../telemetry/log.ts'

/** From the signal to the end of the process, in milliseconds. */
const END_WITHIN_MS = 4_800
/** A handle that is closed but not gone yet, as a socket that waits for its peer, gets this time in milliseconds. */
const CLOSED_WITHIN_MS = 500

/** The end of one process. */
export class ServiceEnd {
  readonly #logger: Logger
  readonly #cutOff: string
  #deadline: NodeJS.Timeout | undefined

  /** @param cutOff What becomes of work that is cut off, in a sentence. */
  constructor(logger: Logger, cutOff: string) {
    this.#logger = logger
    this.#cutOff = cutOff
  }

  /** The service stops: unless `finish` is called in time, work that hangs is cut off, and the exit code is 1. */
  begin(): void {
    this.#deadline ??= setTimeout(() => {
      this.#logger.fatal(
        `The shutdown takes longer than ${END_WITHIN_MS / 1000} s, so the process ends now. ${this.#cutOff}`,
      )
      process.exit(1)
    }, END_WITHIN_MS).unref()
  }

  /**
   * All work has ended, and all that it has written is written. The process ends with the exit code that it has by itself,
   * or else soon: a handle that was left open must not make the end look as if work had been cut off.
   */
  finish(): void {
    clearTimeout(this.#deadline)
    setTimeout(() => {
      const left = process.getActiveResourcesInfo()
      this.#logger.debug({ left }, 'All work has ended; what was left open does not keep the process')
      process.exit()
    }, CLOSED_WITHIN_MS).unref()
  }
}
