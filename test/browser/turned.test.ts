// Turned and mirrored copies on the page: the letter that shows the orientation, and the bits with it undone.
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Browser, Page } from 'playwright-core'
import { ORIENTATION_WORDS } from '../../src/console/wording/report.ts'
import { ORIENTATIONS } from '../../src/hash/orientation.ts'
import { inAllOrientations, letterF, turned } from '../fixtures/turned-letter.ts'
import { launchChromium } from './chromium.ts'
import { openConsole, takeNext } from './open-console.ts'
import { hitsOfCopies } from './picture-hits.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium()
})
afterAll(() => browser.close())

/** One of the two letters as it is drawn, alone, as grey points. `at`: the middle of its frame. */
async function drawn(page: Page, name: 'known' | 'reported', at: number): Promise<Buffer> {
  const letter = page.locator(`.turned-letter path.${name}`)
  const [d, transform] = [await letter.getAttribute('d'), await letter.getAttribute('transform')]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="160" viewBox="${at - 20} 0 40 40">
    <rect x="${at - 20}" width="40" height="40" fill="#fff"/>
    <path d="${d}" transform="${transform}" fill="none" stroke="#000" stroke-width="3.5"/></svg>`
  return await sharp(Buffer.from(svg)).png().toBuffer()
}

const points = (picture: Buffer): Promise<Buffer> => sharp(picture).greyscale().raw().toBuffer()

/** The mean difference of two pictures' points, of 255. */
async function difference(a: Buffer, b: Buffer): Promise<number> {
  const [one, other] = [await points(a), await points(b)]
  return one.reduce((sum, point, at) => sum + Math.abs(point - (other[at] ?? 0)), 0) / one.length
}

/** The corners of the squares that are drawn as set, in a grid with this name. */
async function setSquares(page: Page, name: 'Reported' | 'Known' | 'Difference'): Promise<readonly string[]> {
  const path = page.getByRole('img', { name: new RegExp(`^${name}: `) }).locator('path.set')
  return (await path.getAttribute('d'))?.match(/M[\d.]+ [\d.]+/g) ?? []
}

test('each of the eight orientations is named, drawn as sharp turns the letter, and undone in the bits, which then nearly agree', async () => {
  const original = await letterF()
  const hits = await hitsOfCopies(original, await inAllOrientations(original))
  expect(hits).toHaveLength(8)
  const console_ = await openConsole(browser)
  await console_.addHits(hits)
  const page = await console_.signedIn('ada')
  await takeNext(page)
  const seen: string[] = []
  for (let number = 1; number <= 8; number++) {
    await page.getByText(`hit ${number} of 8`).waitFor()
    const words = (await page.locator('.turned-letter').getAttribute('aria-label')) ?? ''
    const orientation = ORIENTATIONS.find((one) => ORIENTATION_WORDS[one] === words) ?? 'as-is'
    seen.push(orientation)
    const really = await turned(await drawn(page, 'known', 20), orientation)
    expect(await difference(await drawn(page, 'reported', 72), really), orientation).toBeLessThan(2)

    const [reported, known] = [await setSquares(page, 'Reported'), await setSquares(page, 'Known')]
    expect(known.length).toBeGreaterThan(100)
    const differs = new Set(reported).symmetricDifference(new Set(known))
    expect(differs).toEqual(new Set(await setSquares(page, 'Difference')))
    expect(differs.size, orientation).toBeLessThanOrEqual(8)
    await page.getByText(`${differs.size} of 256 bits`).waitFor()
    await page.keyboard.press('j')
  }
  // Each copy was really made in one of them, so no two have the same name.
  expect(new Set(seen)).toEqual(new Set(ORIENTATIONS))
})
