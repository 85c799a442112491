// Reads a client as the synchronisation does, and keeps what came.
import { onTestFinished } from 'vitest'
import type { ListItem } from '../../../src/lists/list-item.ts'
import type { ListClient, ReadRange } from '../../../src/lists/sync/list-client.ts'
import { SourceError, type SourceErrorCode } from '../../../src/lists/sync/source-error.ts'
import type { TrapServer } from '../servers/trap-server.ts'

export const listening = async <T extends TrapServer>(server: T): Promise<T> => {
  await server.listen()
  onTestFinished(() => server.close())
  return server
}

export interface Reading {
  readonly pages: readonly (readonly ListItem[])[]
  readonly range: ReadRange
}

/** One range. */
export async function readRange(
  client: ListClient,
  before: { readonly checkpoint?: string | undefined; readonly checkedAt?: string | undefined } = {},
): Promise<Reading> {
  const pages: ListItem[][] = []
  const reading = client.read(
    { checkpoint: before.checkpoint, checkedAt: before.checkedAt },
    new AbortController().signal,
  )
  for (;;) {
    const step = await reading.next()
    if (step.done) return { pages, range: step.value }
    const page: ListItem[] = []
    for await (const items of step.value.items) for (const item of items) page.push(item)
    pages.push(page)
  }
}

/** Ranges up to the newest. */
export async function readUpToNow(client: ListClient): Promise<readonly Reading[]> {
  const readings: Reading[] = []
  let checkpoint: string | undefined
  for (;;) {
    const reading = await readRange(client, { checkpoint })
    readings.push(reading)
    checkpoint = reading.range.checkpoint
    if (!reading.range.hasMore) return readings
  }
}

/** The code of the error that a reading ends with. */
export async function failureOf(reading: Promise<unknown>): Promise<SourceErrorCode | undefined> {
  try {
    await reading
    return undefined
  } catch (error) {
    if (error instanceof SourceError) return error.code
    throw error
  }
}

/** `type:value:sourceId` of the files, and of withdrawals with a minus before. */
export const said = (pages: Reading['pages']): readonly string[] =>
  pages.flat().flatMap((item) => {
    if (item.kind === 'withdrawal') return [`-${item.sourceId}`]
    return item.kind === 'file'
      ? item.hashes.map(({ type, value }) => `${type}:${value}:${item.sourceId}`)
      : []
  })

export const CONNECTION = { timeoutMs: 20_000 }
