import { availableParallelism } from 'node:os'
import type { HashedFile } from './file-hash.ts'
import { hashFile } from './hash-file.ts'
import { HashingError } from './hashing-error.ts'

/**
 * Hashes the files that `found` yields and passes its errors through, all in the order in which they came.
 * At most `concurrency` files are under way or waiting for their turn to be taken, which bounds the memory to
 * that many of the largest pictures; decoding runs on libvips' threads, hashing on this one.
 */
export async function* hashFiles(
  found: AsyncIterable<string | HashingError>,
  concurrency = Math.min(4, availableParallelism()),
): AsyncGenerator<HashedFile | HashingError> {
  const underWay: Promise<HashedFile | HashingError>[] = []
  for await (const file of found) {
    underWay.push(file instanceof HashingError ? Promise.resolve(file) : hashFile(file))
    const oldest = underWay.length < concurrency ? undefined : underWay.shift()
    if (oldest) yield await oldest
  }
  for (const next of underWay) yield await next
}
