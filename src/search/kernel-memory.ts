import { instantiateKernel, type KernelExports } from './kernel-module.ts'

// A kernel memory: [words below | constants of the kernel | scratch areas, one a thread | indices …].
const THREADS_WORD = 0
const TOP_WORD = 1
const SCRATCH_START = 65_536
const PAGE = 65_536

/** The most that one WebAssembly memory can hold. */
const MAX_MEMORY_BYTES = 65_536 * PAGE

let scratchBytes: number | undefined

/** The module says it itself; one page is enough to ask. */
function askScratchBytes(): number {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true })
  return instantiateKernel(memory).layoutScratchBytes()
}

/**
 * A shared WebAssembly memory that holds indices, with a scratch area for each thread that searches them. One
 * thread creates it; the others attach to the same `memory`, each with its own thread number. Only one thread
 * at a time may allocate.
 */
export class KernelMemory {
  readonly memory: WebAssembly.Memory
  readonly kernel: KernelExports
  readonly words: Uint32Array
  /** Address of this thread's scratch area. */
  readonly scratch: number
  readonly maxRows: number

  private constructor(memory: WebAssembly.Memory, thread: number, threads?: number) {
    this.memory = memory
    this.kernel = instantiateKernel(memory)
    this.words = new Uint32Array(memory.buffer)
    const ownBytes = this.kernel.layoutScratchBytes()
    if (threads !== undefined) {
      this.kernel.initConstants()
      this.words[THREADS_WORD] = threads
      this.words[TOP_WORD] = SCRATCH_START + threads * ownBytes
    }
    if (thread >= this.words[THREADS_WORD]) {
      throw new RangeError(
        `Thread ${thread} has no scratch area: this memory was made for ${this.words[THREADS_WORD]}.`,
      )
    }
    this.scratch = SCRATCH_START + thread * ownBytes
    this.maxRows = this.kernel.layoutMaxRows()
    this.kernel.bindScratch(this.scratch)
  }

  /** A memory with `bytes` for indices and scratch for `threads` threads; the caller is thread 0. */
  static create(bytes: number, threads = 1): KernelMemory {
    scratchBytes ??= askScratchBytes()
    const pages = Math.ceil((SCRATCH_START + threads * scratchBytes + bytes) / PAGE)
    if (pages * PAGE > MAX_MEMORY_BYTES) {
      throw new RangeError(`An index of ${bytes} bytes does not fit one memory of 4 GiB: use two segments.`)
    }
    return new KernelMemory(
      new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }),
      0,
      threads,
    )
  }

  /** The memory that another thread created; `thread` is 1 or more, and no two threads share one. */
  static attach(memory: WebAssembly.Memory, thread: number): KernelMemory {
    return new KernelMemory(memory, thread)
  }

  /** The address of `bytes` new bytes, zero, aligned to a cache line. They are never given back. */
  allocate(bytes: number): number {
    const at = this.words[TOP_WORD]
    const top = at + Math.ceil(bytes / 64) * 64
    if (top > this.memory.buffer.byteLength) {
      throw new RangeError(
        `${bytes} bytes asked for; this memory has ${this.memory.buffer.byteLength - at} left.`,
      )
    }
    this.words[TOP_WORD] = top
    return at
  }
}
