// A client of the process that shares known hashes.
import { createHash } from 'node:crypto'
import type { SharingClient } from '../../src/settings/sharing-settings.ts'

const NAME = 'partner'
const PASSWORD = 'the password of a partner'

/** How the settings name it; `file` is where the hash of its password lies. */
export const clientOf = (file: string): SharingClient => ({
  name: NAME,
  sources: ['partner-list'],
  audiences: ['members'],
  passwordHash: { file },
})

/** What that file has. */
export const PASSWORD_HASH = `sha256:${createHash('sha256').update(PASSWORD).digest('hex')}\n`

export class ShareReader {
  /** That of the client, until a fault strikes. */
  password = PASSWORD
  readonly #base: string

  constructor(base: string) {
    this.#base = base
  }

  /** Asks for all, whatever the answer is. */
  async read(): Promise<void> {
    const authorization = `Basic ${Buffer.from(`${NAME}:${this.password}`).toString('base64')}`
    const answer = await fetch(`${this.#base}/v2/entries`, { headers: { authorization } })
    await answer.arrayBuffer()
  }
}
