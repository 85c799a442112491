// Platforms that report by HTTPS, one of them as it should.
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { flipped, randomValue } from '../../bench/gateway/probing/values.ts'
import { keyLine } from '../../src/gateway/credentials/key-file.ts'
import { newKey } from '../../src/gateway/credentials/key-text.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { seededRandom } from '../../src/sample/random-hash.ts'
import type { GatewaySettings } from '../../src/settings/gateway-settings.ts'
import { pdqReport } from '../fixtures/entries.ts'

type Platform = 'steady' | 'greedy' | 'probed'
const PLATFORMS: readonly Platform[] = ['steady', 'greedy', 'probed']
const KEYS = new Map(PLATFORMS.map((platform) => [platform, newKey()]))

const COPIES = 80
const COPY_BITS = 20
const MIB = 1024 * 1024
const MEMORY_MIB = 16
const LARGEST_BYTES = 8 * MIB
const EVERY_MS = 500

/** The lines of the gateway's file of keys. */
export const KEY_LINES = [...KEYS]
  .map(([platform, { id, digest }]) => `${keyLine(id, platform, digest)}\n`)
  .join('')

/** A small gateway, with a quota that the greedy platform exceeds. */
export const gatewaySettings = (settings: GatewaySettings, keysFile: string): GatewaySettings => ({
  ...settings,
  port: 0,
  credentials: { keysFile },
  quotas: {
    ...settings.quotas,
    platforms: [{ platform: 'greedy', reportsPerSecond: 1, burst: 5 }],
    assumedGateways: 1,
  },
  limits: { ...settings.limits, inFlightMiB: MEMORY_MIB, requestSeconds: 300 },
})

export class GatewayClients {
  readonly #url: string
  readonly #random = seededRandom(23)

  constructor(base: string) {
    this.#url = `${base}/v1/reports`
  }

  /** A report, whatever the answer is. */
  async report(): Promise<void> {
    await this.#post('steady', [randomValue(this.#random)])
  }

  /** An account of a platform sends altered copies of one picture. */
  async probe(): Promise<void> {
    const centre = randomValue(this.#random)
    for (let n = 0; n < COPIES; n++)
      await this.#post('probed', [flipped(centre, COPY_BITS, this.#random)], 'account')
  }

  /** Sends more than its quota, until the signal is aborted. */
  async exceed(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#post(
        'greedy',
        Array.from({ length: 5 }, () => randomValue(this.#random)),
      ).catch(() => {})
      await sleep(EVERY_MS)
    }
  }

  /** Fills the gateway's memory with requests that don't end, until the signal is aborted. */
  fill(signal: AbortSignal): void {
    for (let bytes = 0; bytes < MEMORY_MIB * MIB; bytes += LARGEST_BYTES) {
      const filling = request(this.#url, {
        method: 'POST',
        headers: { ...headersOf('probed'), 'content-length': LARGEST_BYTES },
      })
      filling.on('error', () => {})
      filling.write(Buffer.alloc(LARGEST_BYTES - 1, ' '))
      signal.addEventListener('abort', () => filling.destroy(), { once: true })
    }
  }

  async #post(platform: Platform, values: readonly HashValue[], actorRef?: string): Promise<void> {
    const reports = values.map((value) => {
      const { platform: _, ...report } = pdqReport(value)
      return { ...report, ...(actorRef === undefined ? {} : { actorRef }) }
    })
    const answer = await fetch(this.#url, {
      method: 'POST',
      headers: headersOf(platform),
      body: JSON.stringify(reports),
    })
    await answer.arrayBuffer()
  }
}

const headersOf = (platform: Platform): Record<string, string> => ({
  'content-type': 'application/json',
  'x-api-key': KEYS.get(platform)?.key ?? '',
})
