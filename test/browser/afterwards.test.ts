// What is done with a case besides deciding: exports, copied references, corrections, outcomes, a supervisor's directions.
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Hit } from '../../src/contract/hit.ts'
import { eventually } from '../fixtures/eventually.ts'
import { launchChromium } from './chromium.ts'
import { caseShown, held, openConsole, queueShown, takeNext, type OpenConsole } from './open-console.ts'
import { another, pictureHits } from './picture-hits.ts'

let browser: Browser
/** Three files of one uploader, each on three lists. */
let hits: readonly Hit[]

beforeAll(async () => {
  browser = await launchChromium()
  const all = await pictureHits(() => ({ platform: 'chat.example', actorRef: 'uploader-of-three' }))
  hits = all.slice(12, 15)
})
afterAll(() => browser.close())

interface Audited {
  readonly action: string
  readonly details: Readonly<Record<string, unknown>>
}

/** What the audit has of this action. */
async function audited({ store }: OpenConsole, action: string): Promise<readonly Audited[]> {
  const rows = await store.owner.selectFrom('audit_entries').select('entry').orderBy('leaf_index').execute()
  return rows.map(({ entry }) => JSON.parse(entry) as Audited).filter((one) => one.action === action)
}

/** The seconds in which decisions can be undone are over. */
const undoIsOver = ({ store }: OpenConsole): Promise<unknown> =>
  sql`update verdicts set undo_until = decided_at`.execute(store.owner)

async function choose(page: Page, menu: 'Export' | 'Direct', item: string): Promise<void> {
  await page.getByRole('button', { name: menu }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** The case with all of its hits referred, in its own page. */
async function referred(console_: OpenConsole, page: Page): Promise<string> {
  await takeNext(page)
  const caseId = caseShown(page)
  await page.keyboard.press('1')
  await queueShown(page)
  await page.goto(`${console_.url}/cases/${caseId}`)
  await page.getByRole('heading', { name: 'Decided: Refer' }).waitFor()
  return caseId
}

test('a decided case is saved for the CyberTipline and as VICS under a name of its own, and printed; each export is in the audit', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  const page = await console_.signedIn('ada')
  const caseId = await referred(console_, page)
  const save = async (item: string): Promise<{ name: string; content: unknown }> => {
    const [download] = await Promise.all([page.waitForEvent('download'), choose(page, 'Export', item)])
    const name = download.suggestedFilename()
    await page.getByText(`Exported as ${name}`).first().waitFor()
    return { name, content: JSON.parse(await readFile(await download.path(), 'utf8')) }
  }
  const cybertip = await save('CyberTipline file details')
  expect(cybertip.name).toBe(`case-${caseId}-cybertip.json`)
  expect(cybertip.content).toMatchObject({ schema: 'cybertip-export/1', caseId, notReferred: [] })
  expect(cybertip.content).toHaveProperty('files.length', 3)
  const vics = await save('VICS 2.0')
  expect(vics.name).toBe(`case-${caseId}-vics.json`)
  expect(vics.content).toHaveProperty('value.0.CaseID', caseId)
  const formats = (await audited(console_, 'exported')).map(({ details }) => details['format'])
  expect(formats).toEqual(['cybertip-json', 'vics-json'])

  await choose(page, 'Export', 'Page for printing')
  await page.getByRole('heading', { level: 1, name: `Case #${caseId}` }).waitFor()
  const sheet = await page.locator('.sheet').innerText()
  expect(sheet).toContain('The files themselves were not seen')
  expect(sheet.match(/Refer, ada/g)).toHaveLength(3)
  // Calls of print() are counted, because a browser without a screen has no dialog for it.
  await page.evaluate('globalThis.print = () => { document.title = "printed" }')
  await page.getByRole('button', { name: 'Print' }).click()
  expect(await page.title()).toBe('printed')
  await page.getByRole('button', { name: 'Back to the case' }).click()
  await page.getByRole('heading', { name: 'Decided: Refer' }).waitFor()
})

test('a reference is shown in part; its button copies all of it, which is in the audit, and no address ever has it', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada', { permissions: ['clipboard-read', 'clipboard-write'] })
  const urls: string[] = []
  page.context().on('request', (request) => urls.push(request.url()))
  await takeNext(page)
  const { contentRef, actorRef = '', reportId } = hits[0].report
  const shown = await page.locator('main').innerText()
  for (const value of [contentRef, actorRef, reportId]) expect(shown).not.toContain(value)
  for (const [name, value] of [
    ['File', contentRef],
    ['Uploader', actorRef],
    ['Report', reportId],
  ] as const) {
    await page.getByRole('button', { name: `Copy the reference: ${name}`, exact: true }).click()
    await page.getByRole('status').getByText(`${name} copied`).waitFor({ state: 'attached' })
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe(value)
  }
  const reads = await audited(console_, 'reference-read')
  expect(reads.map(({ details }) => details['reference'])).toEqual(['contentRef', 'actorRef', 'reportId'])
  expect(urls.length).toBeGreaterThan(5)
  for (const value of [contentRef, actorRef, reportId]) expect(urls.join('\n')).not.toContain(value)
})

test('a copy that the browser does not allow says so and leaves no "copied"', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada', { permissions: [] })
  await page.addInitScript('navigator.clipboard.writeText = () => Promise.reject(new Error("not allowed"))')
  await page.reload()
  await takeNext(page)
  await page.getByRole('button', { name: 'Copy the reference: File', exact: true }).click()
  await page.getByText('The browser did not allow the copy').first().waitFor()
  expect(await page.getByText('✓ Copied').count()).toBe(0)
})

async function fill(dialog: Locator, reason: string, button: string): Promise<void> {
  await dialog.getByLabel('Reason').fill(reason)
  await dialog.getByRole('button', { name: button }).click()
  await dialog.waitFor({ state: 'detached' })
}

test('a decision is corrected by its reviewer or a supervisor, by no one else, and what it was stays in the history', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const ada = await console_.signedIn('ada')
  const caseId = await referred(console_, ada)
  const ben = await console_.signedIn('ben')
  await ben.goto(`${console_.url}/cases/${caseId}`)
  await ben.getByRole('button', { name: 'Report an outcome' }).waitFor()
  expect(await ben.getByRole('button', { name: 'Correct it' }).count()).toBe(0)

  const correct = async (page: Page, verdict: string, reason: string): Promise<void> => {
    await undoIsOver(console_)
    await page.getByRole('button', { name: 'Correct it' }).click()
    const dialog = page.getByRole('dialog', { name: 'Correct the decision' })
    expect(await dialog.getByRole('option', { name: 'Second opinion' }).count()).toBe(0)
    await dialog.getByLabel('The right verdict').selectOption({ label: verdict })
    await fill(dialog, reason, 'Correct')
    await page.getByRole('heading', { name: `Decided: ${verdict}` }).waitFor()
  }
  await correct(ada, 'Out of scope', 'too fast')
  await ada.keyboard.press('u')
  await ada.getByText('Undone: Corrected: Out of scope').first().waitFor()
  await ada.getByRole('heading', { name: 'Decided: Refer' }).waitFor()
  await correct(ada, 'Duplicate', 'the same as another')
  const cleo = await console_.signedIn('cleo')
  await cleo.goto(`${console_.url}/cases/${caseId}`)
  await cleo.getByRole('heading', { name: 'Decided: Duplicate' }).waitFor()
  await correct(cleo, 'Insufficient', 'neither of the two')
  const history = cleo.getByRole('region', { name: 'History' })
  for (const text of ['the same as another', 'neither of the two']) await history.getByText(text).waitFor()
  // The first verdict and the first correction. What was undone never was.
  expect(await history.locator('.fallen').count()).toBe(2)
  const standing = await console_.store.server
    .selectFrom('decisions')
    .select(['verdict', 'reviewer'])
    .where('stands', '=', true)
    .execute()
  expect(standing).toEqual([{ verdict: 'insufficient', reviewer: 'cleo' }])
})

test('what the server refuses of a dialog is said in the dialog, which keeps what was typed', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada')
  await referred(console_, page)
  await page.getByRole('button', { name: 'Correct it' }).click()
  const dialog = page.getByRole('dialog', { name: 'Correct the decision' })
  await dialog.getByLabel('Reason').fill('too early')
  await dialog.getByRole('button', { name: 'Correct' }).click()
  await dialog.getByText('It can still be undone').waitFor()
  expect(await dialog.getByLabel('Reason').inputValue()).toBe('too early')
  await dialog.getByRole('button', { name: 'Close' }).click()
  await page.getByRole('button', { name: 'Correct it' }).click()
  await page.getByRole('dialog', { name: 'Correct the decision' }).waitFor()
  expect(await page.getByRole('dialog').getByText('It can still be undone').count()).toBe(0)
})

test('an outcome is reported on the decided hit, names a wrong entry once, and stands in the history and with the entry', async () => {
  const console_ = await openConsole(browser)
  await console_.addHits(hits.slice(0, 1))
  const page = await console_.signedIn('ada')
  await referred(console_, page)
  await undoIsOver(console_)
  await page.getByRole('button', { name: 'Report an outcome' }).click()
  const dialog = page.getByRole('dialog', { name: 'Report an outcome' })
  await dialog.getByLabel('Finding').selectOption({ label: 'The known entry is wrong' })
  const entries = await dialog.getByLabel('Which entry').getByRole('option').allInnerTexts()
  // Five hashes of the file point to each of them.
  expect(entries.toSorted()).toEqual(['interpol / interpol-88122', 'iwf / iwf-88122', 'ncmec / ncmec-88122'])
  await dialog.getByLabel('Which entry').selectOption({ label: 'iwf / iwf-88122' })
  await dialog.getByLabel('On what basis').selectOption({ label: 'Consent' })
  await fill(dialog, 'an advertisement', 'Report')
  await page.getByText('Outcome: The known entry is wrong').waitFor()
  await page.getByText('an advertisement').waitFor()
  const stored = await console_.store.server
    .selectFrom('outcomes')
    .select(['finding', 'basis', 'entry', 'reported_by'])
    .execute()
  expect(stored).toEqual([
    { finding: 'known-entry-wrong', basis: 'consent', entry: 'iwf/iwf-88122', reported_by: 'ada' },
  ])
  await page.getByRole('button', { name: 'iwf-88122' }).click()
  await page.getByRole('heading', { level: 1, name: 'iwf / iwf-88122' }).waitFor()
  await page.getByLabel('The known entry is wrong: 1').waitFor()
})

test('a supervisor assigns, moves, raises and holds a case; a reviewer can do none of it', async () => {
  const console_ = await openConsole(browser, {
    queues: [
      { name: 'urgent', title: 'Urgent cases', when: { platforms: ['no.example'] } },
      { name: 'all', title: 'All cases' },
    ],
  })
  await console_.addHits([...hits, another(hits[0], 'of-another', { actorRef: 'uploader-of-one' })])
  const cleo = await console_.signedIn('cleo')
  // A case can be assigned to a person who has signed in before.
  await console_.signedIn('ben')
  const [, second] = await console_.store.server
    .selectFrom('cases')
    .select('case_id')
    .orderBy('case_id')
    .execute()
  const caseId = second?.case_id ?? ''
  await cleo.goto(`${console_.url}/cases/${caseId}`)
  const direct = async (
    item: string,
    label: string | RegExp,
    value: string,
    button = 'Save',
  ): Promise<void> => {
    await choose(cleo, 'Direct', item)
    const dialog = cleo.getByRole('dialog')
    const field = dialog.getByLabel(label)
    if ((await field.evaluate((one) => one.tagName)) === 'SELECT') await field.selectOption({ label: value })
    else await field.fill(value)
    await dialog.getByRole('button', { name: button }).click()
    await dialog.waitFor({ state: 'detached' })
  }
  await direct('Move to a queue', 'Queue', 'Urgent cases')
  // The other way round a move would take it from its assignee.
  await direct('Assign', 'Person', 'ben')
  await direct('Priority', '1 to 100', '97')
  await cleo.getByText('▲ Raised').waitFor()
  await direct('Set a legal hold', 'Why it is held', 'a court asks for it')
  await cleo.getByText('Legal hold', { exact: true }).waitFor()
  const stored = await console_.store.server
    .selectFrom('cases')
    .select(['assigned_to', 'queue', 'priority'])
    .where('case_id', '=', caseId)
    .execute()
  expect(stored).toEqual([{ assigned_to: 'ben', queue: 'urgent', priority: 97 }])
  await direct('Lift the legal hold', 'Why the hold ends', 'the court is done', 'Lift the hold')
  await cleo.getByText('Legal hold', { exact: true }).waitFor({ state: 'detached' })
  for (const action of ['case-assigned', 'case-moved', 'case-raised', 'hold-set', 'hold-lifted'])
    expect(await audited(console_, action), action).toHaveLength(1)

  const ben = await console_.signedIn('ben')
  await ben.getByRole('button', { name: 'Urgent cases 1' }).click()
  await eventually(async () => (await ben.locator('.case-list tbody tr').count()) === 1)
  await ben.getByRole('button', { name: 'Take the next case' }).click()
  await held(ben)
  expect(caseShown(ben)).toBe(caseId)
  expect(await ben.getByRole('button', { name: 'Direct' }).count()).toBe(0)
})

test('new evidence for a decided hit opens a case beside it, which says why and leads to the earlier one', async () => {
  const console_ = await openConsole(browser)
  const [hit] = hits
  await console_.addHits([{ ...hit, matches: hit.matches.slice(0, 1), matchCount: 1 }])
  const page = await console_.signedIn('ada')
  const first = await referred(console_, page)
  await console_.produce([hit])
  await page.goto(console_.url)
  await takeNext(page)
  await held(page)
  expect(caseShown(page)).not.toBe(first)
  const why = 'A hit has new evidence that its earlier decision or opinion did not know.'
  await page.getByRole('region', { name: 'Decide this hit' }).getByText(why).waitFor()
  const history = page.getByRole('region', { name: 'History' })
  await history.getByText(why).waitFor()
  await history.getByRole('link', { name: `← Earlier case #${first}` }).click()
  await page.getByRole('link', { name: 'Later case' }).waitFor()
  expect(caseShown(page)).toBe(first)
})
