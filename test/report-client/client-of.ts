// A client of a gateway, on a spool of its own, and what it said.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { ClientEvents, ClientOptions } from '../../src/report-client/client-types.ts'
import { ReportClient } from '../../src/report-client/report-client.ts'

export function newSpool(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-client-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Said = { [Name in keyof ClientEvents]?: ClientEvents[Name][0][] }

export interface Opened {
  readonly client: ReportClient
  readonly said: Said
}

/** It retries at once, and is closed with the test. */
export function openClient(options: Pick<ClientOptions, 'url' | 'key'> & Partial<ClientOptions>): Opened {
  const client = new ReportClient({ spool: newSpool(), batchMs: 5, retryMs: [1, 20], ...options })
  const said: Said = {}
  client.on('accepted', (counts) => (said.accepted ??= []).push(counts))
  client.on('retry', (trouble) => (said.retry ??= []).push(trouble))
  client.on('rejected', (report) => (said.rejected ??= []).push(report))
  client.on('spoolError', (error) => (said.spoolError ??= []).push(error))
  onTestFinished(async () => void (await client.close(0)))
  return { client, said }
}
