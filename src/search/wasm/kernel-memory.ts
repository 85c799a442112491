// A WebAssembly memory that several threads use.
import { instantiateKernel, type KernelExports } from './kernel-module.ts'

// A kernel memory: [words below | constants of the kernel | scratch areas, one a thread | what its owner places].
const THREADS_WORD = 0
const SCRATCH_START = 65_536
const PAGE = 65_536

/** The most that one WebAssembly memory can hold. */
export const MAX_MEMORY_BYTES = 65_536 * PAGE

let ownBytes: number | undefined

/** Bytes of one thread's scratch area. The module says it itself; one page is enough to ask. */
export function scratchBytes(): number {
  ownBytes ??= instantiateKernel(
    new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true }),
  ).layoutScratchBytes()
  return ownBytes
}

/**
 * A shared WebAssembly memory with an instance of the kernel and a scratch area for each thread that uses it. One
 * thread creates it; the others attach to the same `memory`, each with its own thread number. It is address space:
 * pages that are never written cost nothing.
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
    if (threads !== undefined) {
      this.kernel.initConstants()
      this.words[THREADS_WORD] = threads
    }
    if (thread >= this.threads) {
      throw new RangeError(
        `Thread ${thread} has no scratch area: this memory was made for ${this.threads} threads.`,
      )
    }
    this.scratch = SCRATCH_START + thread * scratchBytes()
    this.maxRows = this.kernel.layoutMaxRows()
    this.kernel.bindScratch(this.scratch)
  }

  /**
   * A memory with `bytes` for its owner and scratch for `threads` threads; the caller is thread 0. Throws a RangeError
   * if that is more than 4 GiB, or more than the machine lets a process reserve.
   */
  static create(bytes: number, threads = 1): KernelMemory {
    const pages = Math.ceil((SCRATCH_START + threads * scratchBytes() + bytes) / PAGE)
    if (pages * PAGE > MAX_MEMORY_BYTES) {
      throw new RangeError(`${bytes} bytes do not fit one memory of 4 GiB: use two.`)
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

  get threads(): number {
    return this.words[THREADS_WORD]
  }

  /** Where the owner's bytes begin. */
  get ownFrom(): number {
    return SCRATCH_START + this.threads * scratchBytes()
  }

  get bytes(): number {
    return this.words.length * 4
  }
}
