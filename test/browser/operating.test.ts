// The operations page, as an operator uses it: from the page alone, what is wrong.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { deadLetterKey, makeDeadLetter } from '../../src/contract/dead-letter.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import type { SeriesView } from '../../src/contract/review.ts'
import { encodeStatus, type Status } from '../../src/contract/status.ts'
import { eventually } from '../fixtures/eventually.ts'
import { aList, aStatus, matching, syncing, taking } from '../fixtures/statuses.ts'
import { launchChromium } from './chromium.ts'
import { look, LOOSE } from './looking.ts'
import { openConsole, queueShown, type OpenConsole } from './open-console.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const OTHER_POLICY = '1111111111111111'

/** Matchers that own all partitions of reports and speak like real ones, until the test ends. */
async function matchersOf({ log, topics }: OpenConsole): Promise<{ policies: readonly string[] }> {
  const offsets = await log.offsets(topics.reports)
  const said = { policies: [matching().policy] }
  const startedAt = new Date(Date.now() - 3_600_000).toISOString()
  let number = 0
  const speak = async (): Promise<void> => {
    number++
    const at = new Date().toISOString()
    const statuses = said.policies.map((policy, index): Status => {
      const partitions =
        index === 0 ? offsets.map(({ partition }) => ({ topic: topics.reports, partition })) : []
      const perSecond = { reportsRead: 12, reportsMatched: 12 }
      const match = matching({ policy, partitions, perSecond, canaryAgeSeconds: 3 })
      return aStatus({ pid: 4_001 + index, number, at, startedAt, match })
    })
    await log.produce(
      topics.status,
      statuses.map((status) => ({ key: status.process, value: encodeStatus(status) })),
    )
  }
  await speak()
  const timer = setInterval(() => void speak(), 500)
  onTestFinished(() => clearInterval(timer))
  return said
}

/** A record that is no report, and its dead letter, as a matcher writes it. */
async function deadLetter({ log, topics }: OpenConsole): Promise<void> {
  const payload = Buffer.from('no JSON')
  await log.produce(topics.reports, [{ key: 'of-a-test', value: payload }])
  const written = (await log.offsets(topics.reports)).find(({ end }) => end > 0)
  const pointer = { topic: topics.reports, partition: written?.partition ?? 0, offset: 0 }
  const value = JSON.stringify(makeDeadLetter(pointer, payload, new Rejection('not-json')))
  await log.produce(topics.deadLetters, [{ key: deadLetterKey(pointer), value }])
}

const headline = (page: Page, text: string | RegExp): Promise<void> =>
  page.getByRole('region', { name: 'What needs you' }).getByText(text).first().waitFor()

test('an operator lands on the page, which says that all is well; then what is not, with its runbook, in words', async () => {
  const console_ = await openConsole(browser)
  const said = await matchersOf(console_)
  const page = await console_.signedIn('otto', LOOSE)
  await headline(page, 'All is well')
  await page.getByText('host-1').first().waitFor()
  await page.locator('.plot canvas').first().waitFor()

  said.policies = [matching().policy, matching().policy, OTHER_POLICY]
  await headline(page, /needs? you/)
  const concerns = page.getByRole('region', { name: 'What needs you' })
  await concerns.getByText('Policies differ in the group').waitFor()
  const runbook = concerns.getByRole('link', { name: 'Runbook: HashwardenPoliciesDiffer' })
  expect(await runbook.getAttribute('href')).toBe('/runbooks/HashwardenPoliciesDiffer')
  // Of three matchers one is marked: the one that differs.
  expect(await page.locator('.processes .mark').allInnerTexts()).toEqual(['▲ differs'])
  expect(await page.locator('.processes tbody tr').first().innerText()).toContain('4003')
  await page
    .getByRole('button', { name: /^Table: / })
    .first()
    .click()
  await page.getByRole('region', { name: /^Table: / }).waitFor()
  await look(page, 'operations-wrong')
})

/** A time this long ago. */
const ago = (seconds: number): string => new Date(Date.now() - seconds * 1_000).toISOString()

test('an operator sees how fresh each list is, the stalest first, and what to do about those that are not', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  const since = ago(7_200)
  const sync = aStatus({
    pid: 5_001,
    at: ago(0),
    startedAt: ago(600),
    everyMs: 3_600_000,
    ...syncing([
      aList({ source: 'fresh', checkedAt: ago(60) }),
      { source: 'first', kind: 'ncmec', staleAfterSeconds: 3_600 },
      aList({ source: 'broken', checkedAt: ago(1_800), problem: { code: 'corrupt-page', since } }),
      aList({ source: 'waits', checkedAt: ago(600), pending: { why: 'removes-much', since } }),
      aList({ source: 'stale', checkedAt: ago(7_200) }),
    ]),
  })
  const { log, topics } = console_
  await log.produce(topics.status, [{ key: sync.process, value: encodeStatus(sync) }])
  const page = await console_.signedIn('otto', LOOSE)
  const card = page.getByLabel('Freshness of lists')
  const rows = async (): Promise<readonly string[]> =>
    (await card.locator('div').allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ').trim())
  await card.waitFor()
  expect((await rows()).toSorted()).toEqual([
    'broken 30 min ago ▲ corrupt-page',
    'first – first reading',
    expect.stringMatching(/^fresh 1 min ago ✓$/),
    'stale 2 h ago ▲ stale',
    'waits 10 min ago ▲ a change waits',
  ])
  expect((await rows()).filter((row) => !row.startsWith('first')).map((row) => row.split(' ')[0])).toEqual([
    'stale',
    'broken',
    'waits',
    'fresh',
  ])
  const concerns = page.getByRole('region', { name: 'What needs you' })
  await concerns.getByText(/^List stale /).waitFor()
  expect(await concerns.getByRole('link', { name: 'Runbook: HashwardenListStale' }).count()).toBe(1)
  await concerns.getByText(/^List broken can’t be read/).waitFor()
  await look(page, 'operations-lists')
})

test('an operator sees each platform: its last report, what was refused, its canary, those that need eyes first; and how to connect the first one', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  const page = await console_.signedIn('otto', LOOSE)
  const section = page.getByRole('region', { name: 'Platforms', exact: true })
  await section.getByText('hashwarden gateway keys create').waitFor()
  const none = { accepted: 0, repeated: 0, refusedRequests: 0 }
  const [well, refused, probes] = [
    {
      platform: 'example-well',
      lastReportAt: ago(3),
      acceptedPerSecond: 12.5,
      refusals: { client: 0, quota: 0, server: 0 },
    },
    {
      platform: 'example-refused',
      lastReportAt: ago(600),
      lastRefusedAt: ago(61),
      refusals: { client: 1_412, quota: 0, server: 3 },
    },
    {
      platform: 'example-probes',
      lastReportAt: ago(2),
      acceptedPerSecond: 0.5,
      probingSuspectedAt: ago(130),
    },
  ].map((one) => ({ ...none, ...one }))
  const times = { at: ago(0), startedAt: ago(600), everyMs: 3_600_000 }
  const gateways = [[well, refused, probes], [well]].map((platforms, n) =>
    aStatus({ pid: 6_001 + n, role: 'gateway', ...times, gateway: taking({ platforms }) }),
  )
  const platformCanaries = [
    { platform: 'example-well', writtenAt: ago(3_600) },
    { platform: 'example-kafka', writtenAt: ago(7_200) },
  ]
  const matcher = aStatus({ pid: 6_003, ...times, match: matching({ platformCanaries }) })
  const { log, topics } = console_
  await log.produce(
    topics.status,
    [...gateways, matcher].map((status) => ({ key: status.process, value: encodeStatus(status) })),
  )
  await section.getByText('example-well').waitFor()
  const rows = (await section.locator('tbody tr').allInnerTexts()).map((text) =>
    text.replaceAll(/\s+/g, ' ').trim(),
  )
  expect(rows).toEqual([
    'example-probes ▲ probing suspected 2 min ago HTTPS just now 30 – none 1',
    'example-refused ▲ refused 1 min ago HTTPS 10 min ago – 1,412 × 4xx, 3 × 5xx none 1',
    'example-kafka Kafka 2 h ago ✓',
    'example-well HTTPS just now 1,500 0 1 h ago ✓ 2',
  ])
  await section.getByText('4 platforms: 2 need a look, canary found of 2').waitFor()
  await look(page, 'operations-platforms')
})

/** From one clock time to the next one of the other, in seconds. */
const secondsBetween = (from: string, to: string): number => {
  const [a, b] = [from, to].map((time) => Date.parse(`2026-01-02T${time}Z`) / 1_000)
  return (b - a + 86_400) % 86_400
}

test('a chart is read by keyboard: the arrow keys go through its times, and each says its values', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  const page = await console_.signedIn('otto')
  const chart = page.getByRole('slider', { name: 'Processes that are ready: time' })
  // The window of times slides meanwhile: a time that was chosen stays, its place in the window does not.
  const saidTime = async (): Promise<string> =>
    /^\d\d:\d\d:\d\d(?=: )/.exec((await chart.getAttribute('aria-valuetext')) ?? '')?.[0] ?? ''
  await chart.focus()
  await page.keyboard.press('ArrowLeft')
  await eventually(
    async () => (await chart.getAttribute('aria-valuenow')) !== (await chart.getAttribute('aria-valuemax')),
  )
  const chosen = await saidTime()
  await page.keyboard.press('ArrowLeft')
  await eventually(async () => secondsBetween(await saidTime(), chosen) === 10)
  // The newest time is known once there is a sample.
  await eventually(async () => {
    await page.keyboard.press('End')
    return /^\d\d:\d\d:\d\d: ready 1/.test((await chart.getAttribute('aria-valuetext')) ?? '')
  })
  await page.keyboard.press('Home')
  await eventually(async () => (await chart.getAttribute('aria-valuenow')) === '0')
  // An hour ago nothing was known: that is no 0.
  expect(await chart.getAttribute('aria-valuetext')).toContain('–')
})

test('a time that is pointed at stays while the window of times slides, and becomes the first once it has slid out', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  const page = await console_.signedIn('otto')
  let slidBySeconds = 0
  await page.route(/\/api\/operations\/series/, async (route) => {
    const response = await route.fetch()
    // The service's own answer.
    const series = (await response.json()) as SeriesView
    const times = series.times.map((time) => time + slidBySeconds)
    await route.fulfill({ response, json: { ...series, times } })
  })
  const slide = async (seconds: number): Promise<void> => {
    slidBySeconds = seconds
    await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  }
  const chart = page.getByRole('slider', { name: 'Processes that are ready: time' })
  const place = async (): Promise<number> => Number(await chart.getAttribute('aria-valuenow'))
  const time = async (): Promise<string> => ((await chart.getAttribute('aria-valuetext')) ?? '').slice(0, 8)
  await chart.focus()
  await page.keyboard.press('ArrowLeft')
  await eventually(async () => String(await place()) !== (await chart.getAttribute('aria-valuemax')))
  const [placeBefore, timeBefore] = [await place(), await time()]
  await slide(600)
  await eventually(async () => (await place()) <= placeBefore - 60)
  expect(await time()).toBe(timeBefore)
  await slide(7_200)
  await eventually(async () => (await place()) === 0 && (await time()) !== timeBefore)
})

test('once the service does not answer, it is said once that the picture is old, and beside the charts why', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  const page = await console_.signedIn('otto')
  await page.locator('.plot canvas').first().waitFor()
  await page.evaluate(`
    globalThis.said = []
    const alerts = document.querySelector('.unseen > [role=alert]')
    new MutationObserver(() => said.push(alerts.textContent))
      .observe(alerts, { childList: true, characterData: true, subtree: true })`)
  await page.route(/\/api\/operations/, (route) => route.abort())
  await page.evaluate(`{ const now = Date.now; Date.now = () => now() + 60_000 }`)
  const banner = page.getByText(/^This picture is .* old\.$/)
  await banner.waitFor()
  const first = await banner.innerText()
  // The banner goes on by the second; what is read out does not.
  await eventually(async () => (await banner.innerText()) !== first)
  expect(await page.evaluate('said')).toEqual([
    expect.stringMatching(/^This picture is .* old\. What it shows may have changed since\.$/),
  ])
  await page.evaluate(`document.dispatchEvent(new Event('visibilitychange'))`)
  await page.locator('.failed').getByText('The server cannot be reached').waitFor()
  expect(await page.locator('.plot canvas').count()).toBeGreaterThan(0)
})

test('an operator looks at the pointers of dead letters and replays one; each has a result', async () => {
  const console_ = await openConsole(browser)
  await matchersOf(console_)
  await deadLetter(console_)
  const page = await console_.signedIn('otto', LOOSE)
  await page.getByRole('button', { name: 'Look at the pointers' }).click()
  await page.getByRole('checkbox', { name: /at 0$/ }).check()
  await look(page, 'operations-dead-letters')
  await page.getByRole('button', { name: 'Replay 1 record…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Replay 1 record?' })
  await dialog.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByRole('cell', { name: 'Submitted again' }).waitFor()
  const ends = (await console_.log.offsets(console_.topics.reports)).map(({ end }) => end)
  expect(ends.reduce((sum, end) => sum + end, 0)).toBe(2)
})

test('who has no right to it sees no way to the page, and never loads its script', async () => {
  const console_ = await openConsole(browser)
  const page = await console_.signedIn('ada')
  const loaded: string[] = []
  page.context().on('request', (request) => loaded.push(request.url()))
  await queueShown(page)
  expect(await page.getByRole('link', { name: 'Operations' }).count()).toBe(0)
  await page.goto(`${console_.url}/operations`)
  await page.getByText('There is no such page').waitFor()
  expect(loaded.some((url) => url.includes('/assets/'))).toBe(true)
  expect(loaded.filter((url) => /operat/.test(new URL(url).pathname.replace(/^\/operations$/, '')))).toEqual(
    [],
  )
})
