// Tests of the sharing endpoint: it as a client sees it, and pages read by means of their own.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { SharingClient, SharingSettings } from '../../../src/settings/sharing-settings.ts'
import { CLIENT, hashOf, openSharing, PASSWORD, type SharedTopic } from './shared-topic.ts'

type ClientSettings = Omit<SharingClient, 'passwordHash'>

/** A file that only its owner may open, gone when the test is. */
export function secretFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-sharing-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'secret')
  writeFileSync(file, text, { mode: 0o600 })
  return file
}

export function settingsOf(
  clients: readonly ClientSettings[],
  changes: Partial<SharingSettings> = {},
): SharingSettings {
  const passwordHash = { file: secretFile(hashOf(PASSWORD)) }
  return {
    host: '127.0.0.1',
    port: 0,
    requestsPerMinute: 10_000,
    clients: clients.map((client) => ({ ...client, passwordHash })),
    ...changes,
  }
}

/** The endpoint, which ends with the test. */
export async function startSharing(
  topic: SharedTopic,
  clients: readonly ClientSettings[] = [CLIENT],
  changes: Partial<SharingSettings> = {},
) {
  const sharing = await openSharing(topic, settingsOf(clients, changes))
  onTestFinished(sharing.close)
  return { ...sharing, get: (path: string, user = 'reader') => get(sharing.url + path, user) }
}

export const basic = (user: string, password = PASSWORD): string =>
  `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

async function get(url: string, user: string): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch(url, { headers: { authorization: basic(user) } })
  return { status: answer.status, text: await answer.text() }
}

/** An entry as a page shows it. */
export interface SeenEntry {
  readonly tag: string
  readonly id: string
  readonly second: string
  readonly classification: string | undefined
  readonly hashes: Readonly<Record<string, string>>
}

const textIn = (xml: string, tag: string): string | undefined =>
  new RegExp(`<${tag}(?: [^>]*)?>([^<]*)</${tag}>`).exec(xml)?.[1]

/** Reads a page by its own means, so that a fault of our parsers doesn't hide one here. */
export function pageOf(xml: string): {
  readonly entries: readonly SeenEntry[]
  readonly next: string | undefined
} {
  const entries = [...xml.matchAll(/<(image|video|deletedImage|deletedVideo)>(.*?)<\/\1>/g)].map(
    ([, tag, body]) => {
      const hashes = /<fingerprints>(.*)<\/fingerprints>/.exec(body)?.[1] ?? ''
      return {
        tag,
        id: textIn(body, 'id') ?? '',
        second: textIn(body, 'timestamp') ?? '',
        classification: textIn(body, 'classification'),
        hashes: Object.fromEntries(
          [...hashes.matchAll(/<([\w-]+)(?:\/>|>([^<]*)<\/\1>)/g)].map(([, name, value]) => [
            name,
            value ?? '',
          ]),
        ),
      }
    },
  )
  return { entries, next: textIn(xml, 'next')?.replaceAll('&amp;', '&') }
}

/** All entries of a range, page after page, with the number of pages. */
export async function readAll(
  ask: (path: string) => Promise<{ readonly status: number; readonly text: string }>,
  { from = '1970-01-01T00:00:00Z', to = '', base = '' } = {},
): Promise<{ readonly entries: readonly SeenEntry[]; readonly pages: number }> {
  const entries: SeenEntry[] = []
  let pages = 0
  let path: string | undefined = `/v2/entries?from=${from}&to=${to}`
  while (path !== undefined) {
    const { status, text } = await ask(base + path)
    if (status !== 200) throw new Error(`The endpoint answered ${status}.`)
    const page = pageOf(text)
    entries.push(...page.entries)
    path = page.next
    pages++
  }
  return { entries, pages }
}
