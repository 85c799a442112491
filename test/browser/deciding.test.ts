// Reviewers at work, by keyboard: cases are taken, decided, undone, decided by two people.
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { VERDICTS } from '../../src/contract/decision.ts'
import { eventually } from '../fixtures/eventually.ts'
import { launchChromium } from './chromium.ts'
import { caseShown, held, openConsole, takeNext, type OpenConsole } from './open-console.ts'
import { pictureHits } from './picture-hits.ts'

let browser: Browser
/** Twelve cases: ten single files, and two uploaders of four files each. */
let hits: readonly Hit[]

beforeAll(async () => {
  browser = await launchChromium()
  hits = await pictureHits((hit) =>
    hit < 4 || hit >= 14
      ? { platform: 'chat.example', actorRef: `uploader-${Math.floor(hit / 10)}` }
      : { platform: 'photo-cloud' },
  )
})
afterAll(() => browser.close())

const uploads = (uploader: number): readonly Hit[] =>
  hits.filter(({ report }) => report.actorRef === `uploader-${uploader}`)

/** What stands in the store, by hit. */
async function standing({
  store,
}: OpenConsole): Promise<readonly { hit: string; verdict: string; reviewer: string }[]> {
  const rows = await store.server
    .selectFrom('decisions')
    .select(['hit_id', 'verdict', 'reviewer'])
    .where('stands', '=', true)
    .execute()
  return rows.map(({ hit_id: id, verdict, reviewer }) => ({ hit: id.toString('hex'), verdict, reviewer }))
}

const shownHeading = (page: Page): Promise<string> => page.locator('#decide').innerText()

test('ten cases are decided by keyboard alone, and each next case comes by itself', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  const page = await console_.signedIn('ada')
  await takeNext(page)
  const cases: string[] = []
  for (let number = 0; number < 10; number++) {
    await held(page)
    cases.push(caseShown(page))
    if (number === 0) {
      await page.keyboard.press('r')
      await page.keyboard.type('1 list, 2 hashes')
      await page.keyboard.press('Escape')
    }
    await page.keyboard.press(String((number % 6) + 1))
    await eventually(async () => caseShown(page) !== cases.at(-1), undefined, 20)
  }
  expect(new Set(cases).size).toBe(10)
  const verdicts = await console_.store.server
    .selectFrom('verdicts')
    .select(['case_id', 'verdict', 'reviewer'])
    .orderBy('decided_at')
    .execute()
  expect(verdicts).toEqual(
    cases.map((caseId, number) => ({ case_id: caseId, verdict: VERDICTS[number % 6], reviewer: 'ada' })),
  )
  const { reason } = await console_.store.server
    .selectFrom('decisions')
    .select('reason')
    .where('case_id', '=', cases[0] ?? '')
    .executeTakeFirstOrThrow()
  expect(reason).toBe('1 list, 2 hashes')
})

test('some hits of a case are decided apart from the others', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(uploads(0))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  expect(await shownHeading(page)).toBe('Decide all 4 hits')
  for (const key of ['j', 'x', 'j', 'x']) await page.keyboard.press(key)
  expect(await shownHeading(page)).toBe('Decide 2 selected hits')
  await page.keyboard.press('4')
  await page.getByText('Duplicate: 2 hits').first().waitFor()
  await page.getByRole('heading', { name: 'Decide all 2 hits' }).waitFor()
  await page.keyboard.press('1')
  await page.getByRole('heading', { level: 1, name: 'Queue' }).waitFor()
  const verdicts = (await standing(console_)).map(({ verdict }) => verdict).toSorted()
  expect(verdicts).toEqual(['duplicate', 'duplicate', 'refer', 'refer'])
})

test('a decision is undone by one key, and what was typed comes back', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(uploads(0))
  const page = await console_.signedIn('ada')
  await takeNext(page)
  const first = caseShown(page)
  await page.keyboard.press('r')
  await page.keyboard.type('too fast')
  await page.keyboard.press('Escape')
  await page.keyboard.press('5')
  await page.getByRole('button', { name: 'Undo' }).waitFor()
  await page.keyboard.press('u')
  await held(page)
  expect(caseShown(page)).toBe(first)
  expect(await page.getByLabel('Reason').inputValue()).toBe('too fast')
  expect(await standing(console_)).toEqual([])
})

test('a second opinion is blind until it is given', async () => {
  const console_ = await openConsole(browser, { undoSeconds: 1 })
  await console_.addHits(uploads(0))
  const ada = await console_.signedIn('ada')
  await takeNext(ada)
  const caseId = caseShown(ada)
  await ada.keyboard.press('r')
  await ada.keyboard.type('a secret of the first reviewer')
  await ada.keyboard.press('Escape')
  await ada.keyboard.press('2')
  await ada.getByText('Second opinion asked for').first().waitFor()

  const ben = await console_.signedIn('ben')
  await takeNext(ben)
  expect(caseShown(ben)).toBe(caseId)
  await ben.getByText('Second opinion: the first one is hidden').waitFor()
  expect(await ben.locator('main').innerText()).not.toMatch(/a secret of the first reviewer|\bada\b/)
  // At most one second opinion a case.
  expect(await ben.locator('.verdict.needs-second').isDisabled()).toBe(true)
  await ben.keyboard.press('3')
  await ben.getByText('Insufficient: 4 hits').first().waitFor()
})

test('two verdicts that differ go to a supervisor, who sees both', async () => {
  const console_ = await openConsole(browser, { undoSeconds: 1, secondOpinion: { grades: ['exact'] } })
  await console_.addHits(uploads(0))
  const ada = await console_.signedIn('ada')
  await takeNext(ada)
  await ada.getByText('A rule asks for a second opinion here').waitFor()
  await ada.keyboard.press('1')
  await ada.getByText('Referred: 4 hits').first().waitFor()
  expect(await standing(console_)).toEqual([])

  const ben = await console_.signedIn('ben')
  await takeNext(ben)
  await ben.keyboard.press('3')
  await ben.getByText('Insufficient: 4 hits').first().waitFor()

  const cleo = await console_.signedIn('cleo')
  await takeNext(cleo)
  await cleo.getByText('Two opinions differ. Yours settles it.').waitFor()
  const history = cleo.getByRole('region', { name: 'History' })
  await history.getByText('ada').waitFor()
  await history.getByText('ben').waitFor()
  await cleo.keyboard.press('1')
  await eventually(async () => (await standing(console_)).length === 4)
  expect(
    new Set((await standing(console_)).map(({ verdict, reviewer }) => `${reviewer} ${verdict}`)),
  ).toEqual(new Set(['cleo refer']))
})
