// The readers of a dynamic index, as its writer sees them.
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import type { Epoch, ReaderTicket } from './index-reader.ts'
import { ReaderSlots } from './reader-slots.ts'
import type { ArenaStock } from './arena-stock.ts'

interface Reader {
  readonly port: MessagePort
  /** Numbers of the memories that it has been sent. */
  memories: ReadonlySet<number>
}

/** Gives each reading thread a slot and a port, and sends every reader the epochs. */
export class ReaderPorts {
  readonly #slots: ReaderSlots
  readonly #stock: ArenaStock
  readonly #readers = new Map<number, Reader>()
  readonly #most: number
  #epoch: Omit<Epoch, 'memories' | 'newMemories'> = { number: 0, arenas: [], sealedVersion: 0 }

  /** @param most Readers at a time. */
  constructor(most: number, stock: ArenaStock) {
    this.#most = most
    this.#slots = new ReaderSlots(most)
    this.#stock = stock
  }

  /** The number of the newest epoch. */
  get epoch(): number {
    return this.#epoch.number
  }

  /** The oldest epoch that a reader is in; above every epoch if there is no reader. */
  oldestEpoch(): number {
    return this.#slots.oldestEpoch()
  }

  /** Begins an epoch: tells every reader what there is to search from now on. */
  announce(arenas: Epoch['arenas'], sealedVersion: number): void {
    this.#epoch = { number: this.#epoch.number + 1, arenas, sealedVersion }
    for (const reader of this.#readers.values()) reader.port.postMessage(this.#epochFor(reader))
  }

  /** A ticket but for the frames. Throws a RangeError if there are as many readers as there may be. */
  open(firstThread: number): Omit<ReaderTicket, 'frames' | 'index'> {
    const slot = this.#slots.freeSlot()
    if (slot === undefined) throw new RangeError(`All ${this.#most} readers are taken.`)
    const { port1, port2 } = new MessageChannel()
    port1.unref()
    const reader: Reader = { port: port1, memories: new Set() }
    this.#readers.set(slot, reader)
    port1.on('close', () => {
      if (this.#readers.get(slot) === reader) this.close(slot)
    })
    this.#slots.enterEpoch(slot, this.#epoch.number)
    const thread = firstThread + slot
    return { slots: this.#slots.block, slot, thread, epoch: this.#epochFor(reader), port: port2 }
  }

  /** Frees the slot of a reader whose thread has ended. */
  close(slot: number): void {
    const reader = this.#readers.get(slot)
    if (!reader) return
    this.#readers.delete(slot)
    this.#slots.leave(slot)
    reader.port.close()
  }

  closeAll(): void {
    for (const slot of this.#readers.keys()) this.close(slot)
  }

  /** A memory is sent once, because each time that it is sent another object in the reader holds it. */
  #epochFor(reader: Reader): Epoch {
    const memories = this.#stock.memories()
    const newMemories = [...memories].filter(([memory]) => !reader.memories.has(memory))
    reader.memories = new Set(memories.keys())
    return { ...this.#epoch, memories: [...memories.keys()], newMemories }
  }
}
