// How the pages look and how they can be used: no accessibility fault that axe finds, in light and dark, at 1280 and 390
// pixels; a small first page; and the pictures for the documents.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { launchChromium } from './chromium.ts'
import { look, LOOSE } from './looking.ts'
import { held, leasesEndIn, openConsole, queueShown, takeNext, type OpenConsole } from './open-console.ts'
import { pictureHits } from './picture-hits.ts'

let browser: Browser
let hits: readonly Hit[]

beforeAll(async () => {
  browser = await launchChromium()
  hits = await pictureHits((hit) => ({
    platform: hit % 4 === 3 ? 'photo-cloud' : 'chat.example',
    ...(hit < 12 ? { actorRef: `uploader-${hit % 4}` } : {}),
  }))
})
afterAll(() => browser.close())

async function filled(): Promise<OpenConsole> {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  return console_
}

describe('no page has an accessibility fault, in light and dark, wide and narrow, nor scrolls sideways', () => {
  test('sign-in, queue, keys', async () => {
    const console_ = await filled()
    const page = await console_.page(LOOSE)
    await page.getByRole('link', { name: 'Sign in with your organisation' }).waitFor()
    await look(page, 'sign-in')
    const ada = await console_.signedIn('ada', LOOSE)
    await queueShown(ada)
    await ada.locator('.case-list').waitFor()
    await look(ada, 'queue')
    await ada.keyboard.press('?')
    await ada.getByRole('dialog').waitFor()
    await look(ada, 'keys')
  })

  test('a case: held, with some hits selected, about to end, lost', async () => {
    const console_ = await filled()
    const page = await console_.signedIn('cleo', LOOSE)
    await takeNext(page)
    await page.locator('.related').waitFor()
    await look(page, 'case')
    for (const key of ['j', 'j', 'x']) await page.keyboard.press(key)
    await look(page, 'case-selected')
    await page.keyboard.press('k')
    await page.getByText('Mirrored left to right', { exact: true }).waitFor()
    await page.evaluate('scrollTo(0, 0)')
    await look(page, 'case-mirrored')
    await leasesEndIn(console_.store, 60)
    await page.reload()
    await page.getByText('This case goes back to the queue in').waitFor()
    await look(page, 'lease-ending')
    await leasesEndIn(console_.store, -1)
    await page.getByText('You no longer hold this case.').first().waitFor()
    await look(page, 'lease-lost')
  })

  test('a decision with its undo, menus, the page for printing', async () => {
    const console_ = await filled()
    const page = await console_.signedIn('cleo', LOOSE)
    await takeNext(page)
    await page.keyboard.press('1')
    await page.getByRole('button', { name: 'Undo' }).waitFor()
    await held(page)
    await look(page, 'undo')
    await page.getByRole('button', { name: 'Export' }).click()
    await page.getByRole('menu').waitFor()
    await look(page, 'export')
    await page.keyboard.press('Escape')
    await page.keyboard.press('p')
    await page.getByRole('button', { name: 'Print' }).waitFor()
    await look(page, 'print')
  })

  test('known entry, search, audit', async () => {
    const console_ = await filled()
    const page = await console_.signedIn('cleo', LOOSE)
    await takeNext(page)
    await page.locator('.stacked .link').first().click()
    await page.locator('.days').waitFor()
    await look(page, 'entry')
    await page.keyboard.press('/')
    await page.getByRole('textbox', { name: 'Report id' }).fill(hits[0]?.report.reportId ?? '')
    await page.keyboard.press('Enter')
    await page.locator('.case-list').waitFor()
    await look(page, 'search')
    const audre = await console_.signedIn('audre', LOOSE)
    await queueShown(audre)
    await audre.goto(`${console_.url}/audit`)
    await audre.locator('.audit').waitFor()
    await look(audre, 'audit')
  })
})

test('the first page has less than 100 KB of script, and asks no other host', async () => {
  const console_ = await filled()
  const page = await console_.page()
  const scripts: Promise<Buffer>[] = []
  const hosts = new Set<string>()
  page.on('response', (response) => {
    hosts.add(new URL(response.url()).host)
    if (response.request().resourceType() === 'script') scripts.push(response.body())
  })
  await page.goto(`${console_.url}/sign-in`, { waitUntil: 'networkidle' })
  const bytes = (await Promise.all(scripts)).reduce((sum, { length }) => sum + length, 0)
  expect(bytes).toBeGreaterThan(10_000)
  expect(bytes).toBeLessThan(100_000)
  expect([...hosts]).toEqual([new URL(console_.url).host])
})

test('every page can be reached and used by keyboard: the skip link is first, and the focus moves to the heading', async () => {
  const console_ = await filled()
  const page = await console_.signedIn('ada')
  await queueShown(page)
  await page.reload()
  await queueShown(page)
  await page.evaluate('document.activeElement.blur()')
  await page.keyboard.press('Tab')
  expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to the content')
  await page.keyboard.press('/')
  await page.getByRole('heading', { level: 1, name: 'Search' }).waitFor()
  await page.getByRole('link', { name: 'Queue' }).click()
  await queueShown(page)
  await page.waitForFunction("document.activeElement.tagName === 'H1'")
  expect(await page.title()).toBe('Queue · hashwarden review')
})
