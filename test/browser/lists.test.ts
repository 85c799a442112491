// The lists page, as the keepers of lists use it.
import { hash } from 'node:crypto'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { decodeEntry, encodeKnownHash, knownHashKey, type Entry } from '../../src/contract/known-hash.ts'
import { encodeListRecord, listRecordKey, type ListRecord } from '../../src/contract/list-state.ts'
import { Rejection } from '../../src/contract/rejection.ts'
import type { HashValue } from '../../src/hash/hash-value.ts'
import { publishStatistics } from '../../src/lists/curate/publish-statistics.ts'
import { readToEnd } from '../../src/log/read-to-end.ts'
import { entry } from '../fixtures/entries.ts'
import { eventually } from '../fixtures/eventually.ts'
import { launchChromium } from './chromium.ts'
import { look, LOOSE } from './looking.ts'
import { openConsole, takeNext, type OpenConsole } from './open-console.ts'
import { pictureHits } from './picture-hits.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

const DAY_MS = 86_400_000
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY_MS).toISOString()

/** The digits of a digest: canonical. */
const md5 = (name: string): HashValue => hash('md5', name) as HashValue

const CLASSES = ['A1', 'A2', 'B1', 'B2'] as const

/** `count` entries of a list, the first value being number `from`; the older, the greater its number. */
const listed = (source: string, count: number, from = 0, newestDays = 0): readonly Entry[] =>
  Array.from({ length: count }, (_, at) =>
    entry('md5', md5(`file ${from + at}`), {
      source,
      sourceId: `${source}-${at}`,
      classification: { scheme: source, code: CLASSES[at % 7 < 4 ? 0 : at % 4] ?? 'A1' },
      addedAt: daysAgo(newestDays + (at % 80)),
    }),
  )

const HOTLINE = {
  schema: 'list-state/1',
  source: 'hotline',
  checkedAt: daysAgo(0.02),
  pending: {
    id: 'p1',
    why: 'removes-much',
    before: 300,
    adds: 4,
    changes: 0,
    removes: 240,
    since: daysAgo(0.1),
  },
} as const

const STATES: readonly ListRecord[] = [
  { schema: 'list-state/1', source: 'ncmec-industry', checkedAt: daysAgo(0.01), newestAt: daysAgo(0.2) },
  {
    schema: 'list-state/1',
    source: 'stopncii',
    checkedAt: daysAgo(1.6),
    newestAt: daysAgo(2),
    problem: {
      code: 'corrupt-page',
      text: 'A page is no JSON. It is tried again every 10 min.',
      since: daysAgo(1.6),
    },
  },
  HOTLINE,
]

async function putLists({ log, topics }: OpenConsole): Promise<void> {
  const [first] = listed('ncmec-industry', 1)
  const entries = [
    ...listed('ncmec-industry', 1_200, 0, 1),
    ...listed('hotline', 300, 1_000, 0),
    ...listed('police-share', 260, 20, 0).map((one) => ({ ...one, addedAt: daysAgo(0) })),
    ...listed('stopncii', 90, 5_000, 3),
    ...(first
      ? [{ ...first, sourceId: 'x', held: { why: 'quarantined' as const, until: daysAgo(-9) } }]
      : []),
    entry('md5', '0'.repeat(32) as HashValue, {
      source: 'hotline',
      sourceId: 'z',
      held: { why: 'degenerate' },
    }),
  ]
  await log.produce(
    topics.knownHashes,
    entries.map((one) => ({ key: knownHashKey(one), value: encodeKnownHash(one) })),
  )
  await publishStatistics(log, topics, new Date())
  await say({ log, topics }, ...STATES)
}

const say = (
  { log, topics }: Pick<OpenConsole, 'log' | 'topics'>,
  ...records: readonly ListRecord[]
): Promise<void> =>
  log.produce(
    topics.lists,
    records.map((one) => ({ key: listRecordKey(one), value: encodeListRecord(one) })),
  )

async function holds({
  log,
  topics,
}: OpenConsole): Promise<readonly (readonly [string, string | undefined])[]> {
  const entries = new Map<string, Entry>()
  await readToEnd(log, topics.knownHashes, ({ key, value }) => {
    const change = decodeEntry(key, value)
    if (change instanceof Rejection || change.entry === null) return
    entries.set(change.key, change.entry)
  })
  return [...entries.values()]
    .filter(({ held }) => held)
    .map(({ sourceId, held }) => [sourceId, held?.why] as const)
}

const openLists = async (page: Page): Promise<void> => {
  await page.getByRole('link', { name: 'Lists' }).click()
  await page.getByRole('heading', { level: 2, name: 'Where they stand' }).waitFor()
  await page.getByRole('rowheader', { name: 'police-share' }).first().waitFor()
}

test('a supervisor sees where lists stand and what they share, decides on a change that waits, and releases an entry', async () => {
  const console_ = await openConsole(browser)
  await putLists(console_)
  const page = await console_.signedIn('cleo', LOOSE)
  await openLists(page)
  await page.getByText('4 lists; 2 need you.').waitFor()
  await page.getByText('▲ problem').waitFor()
  // Of the copy all values are in the other list, which had them first.
  const proposals = page.getByRole('region', { name: 'Who copies whom' })
  await proposals.getByText('police-share').first().waitFor()
  expect(await proposals.locator('pre').innerText()).toContain('"police-share": "ncmec-industry"')

  await page.getByRole('button', { name: 'Look at them' }).click()
  await page.getByText('Quarantined', { exact: true }).last().waitFor()
  await look(page, 'lists')

  await page.getByRole('button', { name: 'Decide… on the change of hotline' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.innerText()).toMatch(/−240\s*80 %/)
  await look(page, 'lists-decide')
  await dialog.getByLabel('Reason').fill('They told us')
  await dialog.getByRole('button', { name: 'Refuse it' }).click()
  await page.getByText('◌ word given, not acted on yet').waitFor()
  await page.getByText(/^A person refused it/).waitFor()

  await page.getByRole('button', { name: 'Release…' }).first().click()
  await page.getByRole('dialog').getByLabel('Reason').fill('Looked at it')
  await page.getByRole('dialog').getByRole('button', { name: 'Release it' }).click()
  await eventually(async () => (await holds(console_)).every(([, why]) => why === 'degenerate'))
  await page.getByText('✓ published: 1 entry').waitFor()
})

test('a change that replaces the one on the screen has to be looked at before it can be applied', async () => {
  const console_ = await openConsole(browser)
  await putLists(console_)
  const page = await console_.signedIn('cleo', LOOSE)
  await openLists(page)
  await page.getByRole('button', { name: 'Decide… on the change of hotline' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('They told us')
  const other = { ...HOTLINE, pending: { ...HOTLINE.pending, id: 'p2', removes: 299 } }
  await say(console_, other)
  await dialog.getByText('Another change waits now').waitFor()
  expect(await dialog.innerText()).toContain('−240')
  const apply = dialog.getByRole('button', { name: 'Apply it' })
  expect(await apply.isDisabled()).toBe(true)
  await look(page, 'lists-decide-other')
  await dialog.getByRole('button', { name: 'Look at that one' }).click()
  await dialog.getByText('−299').waitFor()
  expect(await apply.isDisabled()).toBe(false)
})

test('a change that was refused can be decided again, and a list that is no longer read is stale', async () => {
  const console_ = await openConsole(browser)
  await putLists(console_)
  const at = daysAgo(0.05)
  await say(
    console_,
    { ...HOTLINE, problem: { code: 'change-refused', text: 'A person refused it.', since: at } },
    { schema: 'list-approval/1', source: 'hotline', pendingId: 'p1', verdict: 'refuse', at },
    { schema: 'list-state/1', source: 'police-share', checkedAt: daysAgo(2) },
  )
  const page = await console_.signedIn('cleo', LOOSE)
  await openLists(page)
  await page.getByText('▲ stale: not read in time').waitFor()
  await page.getByText('4 lists; 3 need you.').waitFor()
  await page.getByText(/^A person refused it \d/).waitFor()
  await page.getByRole('button', { name: 'Decide… on the change of hotline' }).click()
  await page.getByRole('dialog').getByText('−240').waitFor()
})

test('an operator sees where lists stand, and neither values nor what was decided on entries', async () => {
  const console_ = await openConsole(browser)
  await putLists(console_)
  const page = await console_.signedIn('otto')
  await openLists(page)
  expect(await page.getByRole('heading', { name: 'Held back', exact: true, level: 2 }).count()).toBe(0)
  expect(await page.getByRole('button', { name: 'Suppress a value…' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Decide… on the change of hotline' }).waitFor()
})

test('without any list the page says how lists come to be there', async () => {
  const console_ = await openConsole(browser)
  const page = await console_.signedIn('cleo', LOOSE)
  await page.getByRole('link', { name: 'Lists' }).click()
  await page.getByText('No list is known yet').waitFor()
  await look(page, 'lists-none')
})

test('an entry that is named is disabled for a time or for good, with a reason that is no blank', async () => {
  const console_ = await openConsole(browser)
  await putLists(console_)
  const page = await console_.signedIn('cleo', LOOSE)
  await openLists(page)
  const dialog = page.getByRole('dialog')
  const disable = async (sourceId: string, reason: string): Promise<void> => {
    await page.getByRole('button', { name: 'Disable an entry…' }).click()
    await dialog.getByRole('combobox', { name: 'List' }).selectOption('hotline')
    await dialog.getByLabel('Id in the list').fill(sourceId)
    await dialog.getByLabel('Reason').fill(reason)
    await dialog.getByRole('button', { name: 'Disable it' }).click()
  }
  await disable(' hotline-7 ', '  ')
  expect(await page.evaluate(`document.querySelector('dialog textarea').validity.customError`)).toBe(true)
  await look(page, 'lists-disable')
  await dialog.getByLabel('Until').fill('2099-01-02')
  await dialog.getByLabel('Reason').fill('The hotline says so')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByText('✓ published: 1 entry').waitFor()
  expect((await holds(console_)).find(([sourceId]) => sourceId === 'hotline-7')).toEqual([
    'hotline-7',
    'disabled',
  ])
  const decided = page.getByRole('region', { name: 'Decided' })
  await decided.getByText('2 Jan 2099').waitFor()
  await disable('unheard-of', 'Mistyped')
  await decided.getByText('no entry has that name').waitFor()
})

test('an entry is disabled from the case that it made by its id as the list has it, with the blank at its end', async () => {
  const console_ = await openConsole(browser)
  const [hit] = await pictureHits(() => ({ platform: 'chat.example' }))
  const sourceId = 'an id with a blank at its end '
  const matches = hit.matches.map((match) => ({
    ...match,
    known: match.known.map((one) => ({ ...one, sourceId })),
  }))
  await console_.addHits([{ ...hit, matches }])
  const named = entry('md5', md5('file'), { source: hit.matches[0].known[0].source, sourceId })
  await console_.log.produce(console_.topics.knownHashes, [
    { key: knownHashKey(named), value: encodeKnownHash(named) },
  ])
  const page = await console_.signedIn('cleo', LOOSE)
  await takeNext(page)
  await page
    .getByRole('button', { name: /^Disable…/ })
    .first()
    .click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('A cat')
  await dialog.getByRole('button', { name: 'Disable it' }).click()
  await eventually(async () => (await holds(console_)).some(([id]) => id === sourceId))
})
