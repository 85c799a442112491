// The pages in the states that they have besides their usual one: dialogs, nothing there, refused, very long, very many, in
// another direction of writing, forced colours, and at 400 percent.
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { launchChromium } from './chromium.ts'
import { fits, look, LOOSE } from './looking.ts'
import { caseShown, held, openConsole, queueShown, takeNext, type OpenConsole } from './open-console.ts'
import { another, pictureHits } from './picture-hits.ts'

let browser: Browser
/** Six files of one uploader, the first of them on all three lists. */
let hits: readonly Hit[]

beforeAll(async () => {
  browser = await launchChromium()
  const all = await pictureHits(() => ({ platform: 'chat.example', actorRef: 'an-uploader' }))
  hits = all.slice(12)
})
afterAll(() => browser.close())

async function choose(page: Page, button: string, item: string): Promise<void> {
  await page.getByRole('button', { name: button }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Opens a dialog, looks at it and closes it. */
async function lookAtDialog(page: Page, name: string, open: () => Promise<unknown>): Promise<void> {
  await open()
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await look(page, name)
  await page.keyboard.press('Escape')
  await dialog.waitFor({ state: 'detached' })
}

/** Decides the case that is held, and shows it again once it cannot be undone. */
async function decided(page: Page, { store, url }: OpenConsole, key: string): Promise<void> {
  const caseId = caseShown(page)
  await page.keyboard.press(key)
  await queueShown(page)
  await sql`update verdicts set undo_until = decided_at`.execute(store.owner)
  await page.goto(`${url}/cases/${caseId}`)
  await page.getByRole('heading', { name: /^Decided/ }).waitFor()
}

test('dialogs have no accessibility fault', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  const page = await console_.signedIn('cleo', LOOSE)
  await takeNext(page)
  await lookAtDialog(page, 'skip', () => page.keyboard.press('s'))
  await lookAtDialog(page, 'assign', () => choose(page, 'Direct', 'Assign'))
  await lookAtDialog(page, 'move', () => choose(page, 'Direct', 'Move to a queue'))
  await lookAtDialog(page, 'hold', () => choose(page, 'Direct', 'Set a legal hold'))
  await decided(page, console_, '1')
  const press = (name: string) => () => page.getByRole('button', { name }).click()
  await lookAtDialog(page, 'outcome', press('Report an outcome'))
  await lookAtDialog(page, 'correct', press('Correct it'))
  await page.locator('.stacked .link').first().click()
  await lookAtDialog(page, 'suspect', press('Suspect this entry'))
})

test('pages with nothing on them, and pages that are refused, have none and say what to do', async () => {
  const console_ = await openConsole(browser)
  const page = await console_.signedIn('ada', LOOSE)
  await page.getByText('No case waits').waitFor()
  await look(page, 'queue-empty')
  for (const [path, words, name] of [
    ['/cases/4711', 'There is no such thing, or you may not see it', 'case-refused'],
    ['/nowhere', 'There is no such page', 'not-found'],
    ['/entries', 'Id in the list', 'entry-form'],
    ['/sign-in?refused=no-role', 'none of your groups has a role here', 'sign-in-refused'],
  ] as const) {
    await page.goto(`${console_.url}${path}`)
    await page.getByText(words).waitFor()
    await look(page, name)
  }
  await page.goto(`${console_.url}/search`)
  await page.getByRole('textbox', { name: 'Report id' }).fill('unheard-of')
  await page.keyboard.press('Enter')
  await page.getByText('Nothing is found').waitFor()
  await look(page, 'search-nothing')
  const otto = await console_.signedIn('otto', LOOSE)
  await otto.getByRole('heading', { level: 1, name: 'Operations' }).waitFor()
  await otto.getByRole('link', { name: 'Queue' }).click()
  await otto.getByRole('table', { name: 'Queues' }).waitFor()
  await look(otto, 'operator')
})

test('the audit says that it is intact, and where it is not, and has no accessibility fault either way', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const ada = await console_.signedIn('ada')
  await takeNext(ada)
  const page = await console_.signedIn('audre', LOOSE)
  await queueShown(page)
  await page.goto(`${console_.url}/audit`)
  await page.locator('.audit').waitFor()
  const verify = async (heading: string): Promise<void> => {
    await page.getByRole('button', { name: 'Verify' }).click()
    await page.getByRole('heading', { name: heading }).waitFor()
  }
  await verify('✓ Intact')
  await page.getByRole('status').getByText('The audit is intact').waitFor({ state: 'attached' })
  await look(page, 'audit-intact')

  await page.getByLabel('Action').selectOption({ label: 'Took a case' })
  await page.getByLabel('Person').fill('ada')
  await page.getByRole('button', { name: 'Filter' }).click()
  await page.getByRole('status').getByText('1 entry shown').waitFor({ state: 'attached' })
  expect(await page.locator('.audit tbody tr').count()).toBe(1)

  // As somebody who owns the table can: without its trigger.
  const { owner } = console_.store
  await sql`alter table audit_entries disable trigger user`.execute(owner)
  await sql`update audit_entries set entry = replace(entry, 'ada', 'bob') where leaf_index = 1`.execute(owner)
  await verify('✕ Not intact')
  await page.getByText('The first entry that is not as it was: 1').waitFor()
  await look(page, 'audit-broken')
})

/** A letter, a digit or a word, as long as the contract allows. */
const LONG = 'a-very-long-name-of-a-platform-that-somebody-once-chose.example'
const ARABIC = 'هذا سبب مكتوب من اليمين إلى اليسار، مع رقم 42 وكلمة hash في وسطه.'

test('long names, long texts and texts from right to left stay within the page', async () => {
  const console_ = await openConsole(browser, { undoSeconds: 0 })
  const [hit] = hits
  const wordy = another(hit, 'x'.repeat(64), {
    platform: LONG,
    contentRef: 'c'.repeat(256),
    jurisdictions: ['US-CA', 'US-NY', 'FR', 'DE', 'GB', 'JP', 'BR', 'IN', 'ZA'],
    annotations: ['viral', 'potentialMeme', 'possibleSelfProduction', 'generativeAi', 'liveStreaming'],
  })
  const matches = wordy.matches.map((match) => ({
    ...match,
    known: match.known.map((entry) => ({
      ...entry,
      source: `${entry.source}-list-with-a-long-name`.slice(0, 32),
      sourceId: `${'كلمة-'.repeat(9)}${entry.sourceId}`,
      origin: 'another-origin-with-a-long-name',
      classification: { scheme: 'a-long-scheme', code: 'A class with a long name of 32 c' },
    })),
  }))
  await console_.addHits([{ ...wordy, matches }])
  const page = await console_.signedIn('cleo', LOOSE)
  await page.locator('.case-list').waitFor()
  await look(page, 'long-queue')
  await takeNext(page)
  await page.getByLabel('Reason').fill(`${ARABIC} ${'Long. '.repeat(60)}`)
  await page.getByLabel('Note').fill(`${'W'.repeat(400)} ${ARABIC}`)
  await look(page, 'long-case')
  await page.keyboard.press('Escape')
  await decided(page, console_, '6')
  await page.getByRole('region', { name: 'History' }).getByText(ARABIC).first().waitFor()
  await page.getByRole('region', { name: 'History' }).scrollIntoViewIfNeeded()
  await look(page, 'long-history')
  await page.locator('.stacked .link').first().click()
  await page.locator('.days').waitFor()
  await look(page, 'long-entry')
})

test('a case of a thousand hits is shown, walked through and decided', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(Array.from({ length: 1_000 }, (_, at) => another(hits[at % 6], `of-many-${at}`)))
  const page = await console_.signedIn('ada', LOOSE)
  await takeNext(page)
  await page.getByRole('heading', { name: 'Decide all 1,000 hits' }).waitFor()
  for (let press = 0; press < 60; press++) await page.keyboard.press('j')
  await page.getByText('hit 61 of 1,000').waitFor()
  // Its row is drawn, though it is not one of the first fifty, and in sight in its box; the evidence stays where it is.
  await page.waitForFunction(`(() => {
    const row = document.querySelector('.hits tr.shown')?.getBoundingClientRect()
    const box = document.querySelector('.hits-box').getBoundingClientRect()
    return row && row.top >= box.top && row.bottom <= box.bottom + 1
  })()`)
  expect(await page.evaluate('scrollY')).toBe(0)
  await look(page, 'thousand')
  await page.keyboard.press('1')
  await page.getByText('Referred: 1,000 hits').first().waitFor()
})

test('at 400 percent, and with large letters, the pages need no scrolling sideways', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  // 1280 by 1024 pixels at 400 percent.
  const page = await console_.signedIn('cleo', { ...LOOSE, viewport: { width: 320, height: 256 } })
  await page.locator('.case-list').waitFor()
  await fits(page, 'queue')
  await takeNext(page)
  await held(page)
  await fits(page, 'case')
  await page.keyboard.press('?')
  await page.getByRole('dialog').waitFor()
  await fits(page, 'keys')
  await page.keyboard.press('Escape')
  for (const path of ['/search', '/entries', `/cases/${caseShown(page)}/print`]) {
    await page.goto(`${console_.url}${path}`)
    await page.locator('h1').waitFor()
    await fits(page, path)
  }
})

test('in forced colours a grade keeps its bars, a pressed button its mark, and the focus is seen', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  const page = await console_.signedIn('cleo', { ...LOOSE, forcedColors: 'active' })
  await takeNext(page)
  await held(page)
  const fills = await page.evaluate<readonly string[]>(`['filled', 'hollow'].map((kind) =>
    getComputedStyle(document.querySelector('.hits .perceptual .' + kind)).fill)`)
  expect(new Set(fills).size).toBe(2)
  await look(page, 'forced-colours')
})

test('every stop of the Tab key is seen, and none hides behind what is fixed', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  for (const viewport of [
    { width: 1280, height: 700 },
    { width: 390, height: 700 },
  ]) {
    const page = await console_.signedIn('cleo', { ...LOOSE, viewport })
    await takeNext(page)
    await held(page)
    const stops = new Set<string>()
    for (;;) {
      await page.keyboard.press('Tab')
      const stop = await page.evaluate<Stop | undefined>(STOP)
      if (!stop || stops.has(stop.id)) break
      stops.add(stop.id)
      expect(stop.outline, `${stop.id} at ${viewport.width}`).toBeGreaterThanOrEqual(2)
      expect(stop.isCovered, `${stop.id} is covered at ${viewport.width}`).toBe(false)
    }
    expect(stops.size).toBeGreaterThan(25)
    await page.keyboard.press('Escape')
    await page.goto(console_.url)
    await sql`update cases set state = 'open', lease_holder = null, lease_until = null`.execute(
      console_.store.owner,
    )
  }
})

interface Stop {
  readonly id: string
  readonly outline: number
  readonly isCovered: boolean
}

/** What has the focus: its place in the page, its outline in pixels, and whether something else is drawn over its middle. */
const STOP = `(() => {
  const one = document.activeElement
  if (!one || one === document.body) return undefined
  const { left, top, width, height } = one.getBoundingClientRect()
  const over = document.elementFromPoint(left + width / 2, top + height / 2)
  const id = [...document.querySelectorAll('*')].indexOf(one) + ' ' + one.tagName + ' ' + (one.textContent || one.ariaLabel || '').slice(0, 30)
  const style = getComputedStyle(one)
  return {
    id,
    outline: style.outlineStyle === 'none' ? 0 : parseFloat(style.outlineWidth),
    isCovered: !over || !(one.contains(over) || over.contains(one)),
  }
})()`
