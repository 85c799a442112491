// Hashes many files, in their order, several at once.
import { availableParallelism } from 'node:os'
import type { HashedFile } from './file-hash.ts'
import type { BytePath } from './file-path.ts'
import { HashingError } from './hashing-error.ts'
import { HashingPool } from './hashing-pool.ts'
import { DEFAULT_LIMITS, type HashingLimits } from './limits.ts'

export interface HashFilesOptions {
  readonly limits?: HashingLimits
  /** Processes, and so files that are hashed at once. Each can take as much memory as the limits allow. */
  readonly processes?: number
}

/** Files found ahead for each process, so that no process waits while an earlier file is hashed. */
const FOUND_AHEAD = 16

export const defaultProcesses = (): number => Math.min(4, availableParallelism())

/**
 * Hashes the files that `found` yields and passes its errors through, all in the order in which they came. A file
 * that shows another picture on white comes twice (see picture-hashes.ts). Pictures are decoded in processes
 * that end with the last file.
 */
export async function* hashFiles(
  found: AsyncIterable<BytePath | HashingError>,
  { limits = DEFAULT_LIMITS, processes = defaultProcesses() }: HashFilesOptions = {},
): AsyncGenerator<HashedFile | HashingError> {
  const pool = new HashingPool(limits, processes)
  const underWay: Promise<readonly HashedFile[] | HashingError>[] = []
  try {
    for await (const file of found) {
      underWay.push(file instanceof HashingError ? Promise.resolve(file) : pool.hash(file))
      const oldest = underWay.length < processes * FOUND_AHEAD ? undefined : underWay.shift()
      if (oldest) yield* inTurn(await oldest)
    }
    for (const next of underWay) yield* inTurn(await next)
  } finally {
    pool.close()
  }
}

function* inTurn(outcome: readonly HashedFile[] | HashingError): Generator<HashedFile | HashingError> {
  if (outcome instanceof HashingError) yield outcome
  else yield* outcome
}
