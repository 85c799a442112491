// What a matcher tells of platforms that report the canary file.
import { expect, test } from 'vitest'
import { CANARY_ENTRIES, CANARY_PLATFORM, canaryValues } from '../../../src/contract/canary.ts'
import { Matcher } from '../../../src/matcher/matcher.ts'
import { PlatformCanaries } from '../../../src/stream/live/platform-canaries.ts'
import { MD5, POLICY, reported, reportOf, setOf } from '../../matcher/fixtures.ts'

const [OWN, OF_FILE] = canaryValues('md5')

interface Sent {
  readonly platform: string
  readonly second?: number
  readonly md5?: string
}

/** What a matcher has found after these reports. */
function newestOf(sent: readonly Sent[]) {
  const canaries = new PlatformCanaries()
  canaries.watching(new Matcher(setOf(...CANARY_ENTRIES), POLICY)).matchWithCanaries(
    sent.map(({ platform, second = 0, md5 = OF_FILE }) => ({
      ...reportOf([reported('md5', md5)], { platform }),
      receivedAtMs: Date.UTC(2026, 0, 2, 3, 4, second),
    })),
  )
  return canaries.newest
}

test('a platform is named with its newest report that was found, also when an older one is read again', () => {
  const sent = [
    { platform: 'a', second: 5 },
    { platform: 'b', second: 6 },
    { platform: 'a', second: 4 },
  ]
  expect(newestOf(sent)).toEqual([
    { platform: 'b', writtenAt: '2026-01-02T03:04:06.000Z' },
    { platform: 'a', writtenAt: '2026-01-02T03:04:05.000Z' },
  ])
})

test('a report that finds nothing proves nothing', () => {
  expect(newestOf([{ platform: 'a', md5: MD5 }])).toEqual([])
})

test('the platform of this deployment’s own canaries is not named', () => {
  expect(newestOf([{ platform: CANARY_PLATFORM, md5: OWN }])).toEqual([])
})

test('the latest 256 platforms are named, however many have reported it', () => {
  const named = newestOf(Array.from({ length: 300 }, (_, n) => ({ platform: `platform-${n}` })))
  expect(named).toHaveLength(256)
  expect(named.at(-1)?.platform).toBe('platform-299')
})
