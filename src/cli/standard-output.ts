/**
 * Standard output, written at the pace of its reader. A reader that has seen enough (`| head`) closes the pipe: that
 * ends the work, and is no failure.
 */
export class StandardOutput {
  #isClosed = false

  constructor() {
    process.stdout.on('error', (error) => {
      if (!('code' in error) || error.code !== 'EPIPE') throw error
      this.#isClosed = true
    })
  }

  /** Whether the reader has gone. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Resolves once the text or the bytes, which must not change until then, are handed over. */
  async write(output: string | Uint8Array): Promise<void> {
    await new Promise<void>((resolve) => process.stdout.write(output, () => resolve()))
  }
}
