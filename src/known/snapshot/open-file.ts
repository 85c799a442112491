// A snapshot file that is open for reading.
import { open, type FileHandle } from 'node:fs/promises'
import { fileProblem } from '../../secrets/file-problem.ts'
import { SnapshotRefusal, type SnapshotRefusalCode } from './snapshot-refusal.ts'

/** A snapshot file open for reading. Its errors are SnapshotRefusals. */
export class OpenFile implements AsyncDisposable {
  readonly path: string
  /** Its size when it was opened. */
  readonly byteLength: number
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle, byteLength: number) {
    this.path = path
    this.#handle = handle
    this.byteLength = byteLength
  }

  /** Throws SnapshotRefusal if it isn't there or can't be read. */
  static async open(path: string): Promise<OpenFile> {
    try {
      const handle = await open(path, 'r')
      return new OpenFile(path, handle, (await handle.stat()).size)
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        throw new SnapshotRefusal('missing', `There is no snapshot ${path} yet`, { cause: error })
      throw unreadable(path, error)
    }
  }

  /** Reads `length` bytes at an offset, into the start of `into` if it is given. Throws SnapshotRefusal. */
  async read(at: number, length: number, into: Buffer = Buffer.alloc(length)): Promise<Buffer> {
    for (let done = 0; done < length;) {
      const { bytesRead } = await this.#handle.read(into, done, length - done, at + done).catch((error) => {
        throw unreadable(this.path, error)
      })
      if (bytesRead === 0) throw this.truncated()
      done += bytesRead
    }
    return into.subarray(0, length)
  }

  refusal(code: SnapshotRefusalCode, what: string): SnapshotRefusal {
    return new SnapshotRefusal(code, `The snapshot ${this.path} ${what}`)
  }

  truncated(): SnapshotRefusal {
    return this.refusal('truncated', 'ends too early')
  }

  damaged(part: string): SnapshotRefusal {
    return this.refusal('damaged', `is damaged in its ${part}`)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#handle.close()
  }
}

function unreadable(path: string, error: unknown): SnapshotRefusal {
  return new SnapshotRefusal('unreadable', `Cannot read the snapshot ${path}: ${fileProblem(error)}`, {
    cause: error,
  })
}
