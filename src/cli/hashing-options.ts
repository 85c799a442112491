// What `hash` and `report` let a caller set of the hashing: how much one picture may cost, and how many at once.
import { type Command, InvalidArgumentError } from 'commander'
import { defaultProcesses, type HashFilesOptions } from '../hashing/hash-files.ts'
import { DEFAULT_LIMITS } from '../hashing/limits.ts'

export interface HashingOptions {
  readonly maxSide: number
  readonly maxMegapixels: number
  readonly maxMemory: number
  readonly maxSeconds: number
  readonly processes: number
}

/** Adds the options to a command, which gets {@link HashingOptions}. */
export function withHashingOptions(command: Command): Command {
  const { maxSidePixels, maxPixels, maxMemoryMib, maxSeconds } = DEFAULT_LIMITS
  return command
    .option('--max-side <pixels>', 'refuse wider or higher pictures, undecoded', aboveZero, maxSidePixels)
    .option('--max-megapixels <n>', 'refuse pictures with more pixels, undecoded', aboveZero, maxPixels / 1e6)
    .option('--max-memory <MiB>', 'give up a picture that takes more memory', aboveZero, maxMemoryMib)
    .option('--max-seconds <s>', 'give up a picture that takes longer', aboveZero, maxSeconds)
    .option('--processes <n>', 'hash this many files at once', aboveZero, defaultProcesses())
}

/** What the options ask of `hashFiles`. */
export const hashingOf = (options: HashingOptions): HashFilesOptions => ({
  limits: {
    ...DEFAULT_LIMITS,
    maxSidePixels: options.maxSide,
    maxPixels: options.maxMegapixels * 1e6,
    maxMemoryMib: options.maxMemory,
    maxSeconds: options.maxSeconds,
  },
  processes: Math.ceil(options.processes),
})

/** At most 24 days, which is as long as a timer can wait. */
const MOST = 2_000_000

function aboveZero(text: string): number {
  const value = Number(text)
  if (value > 0 && value <= MOST) return value
  throw new InvalidArgumentError(`It must be a number above 0 and at most ${MOST.toLocaleString('en')}.`)
}
