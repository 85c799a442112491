// What bounds the memory of a process beside the known set. The arguments and the environment can be given only before it
// starts: by the first line of hashwarden.mjs, and by those who start a process in another way.
import { setFlagsFromString } from 'node:v8'

/**
 * For Node: room for young objects, 3 × 16 MiB. By itself V8 takes 128 MiB and collects so seldom that buffers of hundreds
 * of MiB wait outside of its heap to be freed.
 */
export const NODE_MEMORY_ARGUMENTS: readonly string[] = ['--max-semi-space-size=16']

/**
 * For a command that makes much garbage: V8 collects old objects once its heap is half as large again as after the last
 * collection. By itself it waits for up to four times as much, and then keeps the pages.
 */
export const growHeapSlowly = (): void => setFlagsFromString('--heap-growing-percent=50')

/** For the C library: threads share two heaps of malloc. By itself each has its own, which keeps what it once had. */
export const MALLOC_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' } as const
