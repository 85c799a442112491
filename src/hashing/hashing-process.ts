// The process that hashes one file after the other for `HashingPool`, which ends it when a picture costs too much:
// libvips can't be stopped in the middle of a picture, and a thread that waits for it can't be ended.
import type { BytePath } from './file-path.ts'
import { hashContent, readContent } from './hash-file.ts'
import { HashingError } from './hashing-error.ts'
import type { HashingAnswer, HashingOrder } from './hashing-pool.ts'
import sharp from 'sharp'

/** How often the process looks at its own memory: libvips' threads leave the event loop free. */
const LOOK_EVERY_MS = 50
const MIB = 1024 * 1024

// The pool has a process for each core.
sharp.concurrency(1)

process.on('message', (order: HashingOrder) => void carryOut(order))
// The parent has ended. An ordinary exit would wait for libvips.
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'))

async function carryOut({ path, limits }: HashingOrder): Promise<void> {
  // The path was a BytePath when it was sent.
  const content = await readContent(path as BytePath, limits)
  if (content instanceof HashingError)
    return answer({ failed: { file: content.file, problem: content.problem } })
  if (!content.picture) return answer({ done: [content.hashed] })
  answer({ digested: content.hashed })
  const watch = setInterval(() => {
    const mib = Math.round(process.memoryUsage.rss() / MIB)
    if (mib > limits.maxMemoryMib) answer({ overMemoryMib: mib })
  }, LOOK_EVERY_MS)
  const done = await hashContent(content, limits)
  clearInterval(watch)
  answer({ done, residentMib: Math.round(process.memoryUsage.rss() / MIB) })
}

function answer(message: HashingAnswer): void {
  process.send?.(message)
}
