// What changes while a page is open: new cases, leases that end, sessions that end, a server that is away, other keys.
import { sql } from 'kysely'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { eventually } from '../fixtures/eventually.ts'
import { launchChromium } from './chromium.ts'
import { held, leasesEndIn, openConsole, queueShown, signIn, takeNext } from './open-console.ts'
import { pictureHits } from './picture-hits.ts'

let browser: Browser
let hits: readonly Hit[]

beforeAll(async () => {
  browser = await launchChromium()
  hits = await pictureHits(() => ({ platform: 'chat.example' }))
})
afterAll(() => browser.close())

const rows = (page: Page): Promise<number> => page.locator('.case-list tbody tr').count()

async function type(page: Page, key: 'r' | 'n', text: string): Promise<void> {
  await page.keyboard.press(key)
  await page.keyboard.type(text)
  await page.keyboard.press('Escape')
}

test('a person signs in by the identity provider, lands where they wanted to go, and signs out', async () => {
  const { url, page } = await openConsole(browser)
  const ada = await page()
  await ada.goto(`${url}/search`)
  await signIn(ada, 'ada')
  await ada.getByRole('heading', { level: 1, name: 'Search' }).waitFor()
  expect(await ada.locator('.who').innerText()).toContain('Ada Lindqvist')
  await ada.getByRole('button', { name: 'Sign out' }).click()
  await ada.waitForURL(/sign-in|session\/end/)
  const answer = await ada.request.get(`${url}/api/me`)
  expect(answer.status()).toBe(401)
})

test('somebody without a role learns why they may not enter', async () => {
  const { page } = await openConsole(browser)
  const mallory = await page()
  await signIn(mallory, 'mallory')
  await mallory.getByText('none of your groups has a role here').waitFor()
})

test('new cases arrive in every tab by themselves, and are announced; the tabs share one stream', async () => {
  const console_ = await openConsole(browser)
  const streams: string[] = []
  const first = await console_.signedIn('ada')
  await queueShown(first)
  first.context().on('request', (request) => {
    if (request.url().endsWith('/api/events')) streams.push(request.url())
  })
  await first.reload()
  await first.getByText('No case waits').waitFor()
  const second = await first.context().newPage()
  await second.goto(console_.url)
  await second.getByText('No case waits').waitFor()
  await console_.addHits(hits.slice(0, 3))
  for (const page of [first, second]) {
    await page.locator('.case-list').waitFor()
    expect(await rows(page)).toBe(3)
    await eventually(async () =>
      (await page.getByRole('status').allInnerTexts()).join().includes('3 new cases'),
    )
  }
  expect(streams).toHaveLength(1)
})

test('a lease that ends is announced and kept by one key; one that has ended keeps what was typed', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  await type(page, 'n', 'half a thought')
  await leasesEndIn(console_.store, 60)
  await page.reload()
  await page.getByText('This case goes back to the queue in').waitFor()
  await page.keyboard.press('e')
  await page.getByText('This case goes back to the queue in').waitFor({ state: 'detached' })

  await type(page, 'r', 'half a sentence')
  await leasesEndIn(console_.store, -1)
  await page.getByText('You no longer hold this case.').first().waitFor()
  expect(await page.locator('.verdict:enabled').count()).toBe(0)
  expect(await page.getByLabel('Reason').inputValue()).toBe('half a sentence')
  await page.keyboard.press('Enter')
  await held(page)
  expect(await page.getByLabel('Reason').inputValue()).toBe('half a sentence')
})

test('a session that has ended keeps the page and what was typed; signing in elsewhere brings it back', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  await type(page, 'r', 'not to be lost')
  await console_.store.owner.deleteFrom('sessions').execute()
  await page.keyboard.press('1')
  const dialog = page.getByRole('dialog', { name: 'You are signed out' })
  await dialog.waitFor()
  const [again] = await Promise.all([
    page.context().waitForEvent('page'),
    dialog.getByRole('link', { name: 'Sign in again' }).click(),
  ])
  await signIn(again, 'ada')
  await queueShown(again)
  await dialog.waitFor({ state: 'detached' })
  expect(await page.getByLabel('Reason').inputValue()).toBe('not to be lost')
})

test('the end of a session is announced five minutes before, once', async () => {
  const console_ = await openConsole(browser)
  const page = await console_.signedIn('ada')
  await queueShown(page)
  await sql`update sessions set ends_at = now() + interval '290 seconds'`.execute(console_.store.owner)
  await page.reload()
  await page.getByText(/Your session ends in 4:\d\d\. Finish this case/).waitFor()
  // What counts down is in no live region: it would be read out each second.
  const alerts = await page.getByRole('alert').allInnerTexts()
  expect(alerts).toEqual(['Your session ends soon. Finish this case; then sign in again.'])
})

test('an unattended page does not keep its session, warns before it ends, and goes on by any key', async () => {
  const console_ = await openConsole(browser)
  const page = await console_.page()
  await page.clock.install()
  await signIn(page, 'ada')
  await page.getByText('No case waits').waitFor()
  const attended = async (act: () => Promise<unknown>, path: string): Promise<boolean> => {
    const [request] = await Promise.all([page.waitForRequest(`**${path}`), act()])
    return (await request.headerValue('hashwarden-unattended')) === null
  }
  await page.clock.fastForward('26:00')
  await page.getByText(/Your session ends in \d:\d\d, because nothing was done here/).waitFor()
  expect(await attended(() => page.keyboard.press('Shift'), '/api/me')).toBe(true)
  await page.getByText(/Your session ends in/).waitFor({ state: 'detached' })
  await page.clock.fastForward('01:00')
  expect(await attended(() => console_.addHits(hits.slice(0, 1)), '/api/queues')).toBe(false)
})

test('without a connection the page says so and keeps what was typed', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  await type(page, 'r', 'under way')
  await page.context().setOffline(true)
  await page.keyboard.press('1')
  await page.getByText('The server cannot be reached.').first().waitFor()
  expect(await page.getByLabel('Reason').inputValue()).toBe('under way')
  await page.context().setOffline(false)
  await page.getByText('What you see may be old').waitFor({ state: 'detached' })
  await page.keyboard.press('1')
  await queueShown(page)
})

test('keys can be changed and switched off, act in no text field and with no Ctrl, and stay so', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 2))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  await page.keyboard.press('Control+1')
  await page.keyboard.press('Alt+1')
  await page.keyboard.press('r')
  await page.keyboard.type('1234?')
  await page.keyboard.press('Escape')
  expect(await page.getByLabel('Reason').inputValue()).toBe('1234?')

  await page.keyboard.press('?')
  const dialog = page.getByRole('dialog', { name: 'Keys' })
  await dialog.getByRole('button', { name: 'Key s of: Skip the case. Change it' }).click()
  await page.keyboard.press('u')
  await dialog.getByText('is the key of “Undo the last decision” already').waitFor()
  await dialog.getByRole('button', { name: 'Key s of: Skip the case. Change it' }).click()
  await page.keyboard.press('z')
  await dialog.getByRole('button', { name: 'Key z of: Skip the case. Change it' }).waitFor()
  await page.keyboard.press('Escape')
  await page.reload()
  await held(page)
  await page.keyboard.press('s')
  await page.keyboard.press('z')
  await page.getByRole('dialog', { name: 'Skip this case' }).waitFor()
  await page.keyboard.press('Escape')

  await page.keyboard.press('?')
  await page.getByRole('switch').uncheck()
  await page.keyboard.press('Escape')
  for (const key of ['z', '1', '?']) await page.keyboard.press(key)
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(await page.locator('kbd').count()).toBe(0)
  const decided = await console_.store.server.selectFrom('decisions').select('hit_id').execute()
  expect(decided).toEqual([])
})

test('a case that a person may not see is not there, and an empty queue says so', async () => {
  const { url, signedIn } = await openConsole(browser)
  const page = await signedIn('ada')
  await page.getByText('No case waits').waitFor()
  await page.goto(`${url}/cases/4711`)
  await page.getByRole('alert').getByText('There is no such thing, or you may not see it').waitFor()
  await page.goto(`${url}/nowhere`)
  await page.getByText('There is no such page').waitFor()
})

test('an operator sees how much waits, and no case', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 3))
  const page = await console_.signedIn('otto')
  await page.getByRole('heading', { level: 1, name: 'Operations' }).waitFor()
  await page.getByRole('link', { name: 'Queue' }).click()
  await page.getByRole('table', { name: 'Queues' }).waitFor()
  expect(await page.locator('.case-list').count()).toBe(0)
  expect(await page.getByRole('row', { name: /All cases/ }).innerText()).toContain('3')
})
