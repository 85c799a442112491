// What bounds the memory of a matcher process beside the known set. Both can be said only before a process starts: by the
// first line of hashwarden.mjs, and by those who start a process in another way.

/**
 * For Node: room for young objects, 3 × 16 MiB. By itself V8 takes 128 MiB and collects so seldom that buffers of hundreds
 * of MiB wait outside of its heap to be freed.
 */
export const NODE_MEMORY_ARGUMENTS: readonly string[] = ['--max-semi-space-size=16']

/** For the C library: threads share two heaps of malloc. By itself each has its own, which keeps what it once had. */
export const MALLOC_ENVIRONMENT = { MALLOC_ARENA_MAX: '2' } as const
