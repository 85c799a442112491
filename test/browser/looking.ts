// Looking at a page: what axe finds, whether it scrolls sideways, and a picture of it, in light and dark, wide and narrow.
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { expect } from 'vitest'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']
const WIDE = { width: 1280, height: 860 } as const
const NARROW = { width: 390, height: 844 } as const
const SCHEMES = ['light', 'dark'] as const
/** `SCREENSHOTS=1` writes the documents' pictures anew. */
const PICTURES = fileURLToPath(new URL('../../deploy/review/images/', import.meta.url))
const DOCUMENTED = new Set([
  'queue-light-1280',
  'case-light-1280',
  'case-dark-1280',
  'case-mirrored-light-1280',
  'case-dark-390',
  'keys-light-1280',
])
/** The others, to look at. */
const OTHER_PICTURES = fileURLToPath(new URL('../../.cache/browser/looks/', import.meta.url))
const PICTURE_MAX_BYTES = 150_000

/** The page's own policy would keep axe out. Pages under the policy are those of the other tests. */
export const LOOSE = { bypassCSP: true, viewport: WIDE }

/** The rules that a page breaks, each with where. */
async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE)
  const { violations: found } = await page.evaluate(
    // Evaluated in the page, where the script above has put it.
    (tags) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({ runOnly: tags, resultTypes: ['violations'] }),
    TAGS,
  )
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`)
}

/** Nothing moves while it is looked at. */
const settled = (page: Page): Promise<unknown> =>
  page.evaluate('Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))')

async function picture(page: Page, name: string): Promise<void> {
  if (!process.env['SCREENSHOTS']) return
  const folder = DOCUMENTED.has(name) ? PICTURES : OTHER_PICTURES
  mkdirSync(folder, { recursive: true })
  const path = `${folder}${name}.png`
  await sharp(await page.screenshot())
    .png({ palette: true, colours: 128, effort: 10 })
    .toFile(path)
  expect(statSync(path).size, name).toBeLessThan(PICTURE_MAX_BYTES)
}

/** Whether the page is wider than its window. */
export async function fits(page: Page, name: string): Promise<void> {
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  expect(overflow, `${name} scrolls sideways at ${page.viewportSize()?.width}`).toBeLessThanOrEqual(0)
}

/**
 * Looks at the page in light and wide, and in dark and narrow: every scheme and every width is seen once. With pictures, in
 * all four.
 */
export async function look(page: Page, name: string): Promise<void> {
  const isAll = process.env['SCREENSHOTS'] !== undefined
  for (const [at, size] of [WIDE, NARROW].entries()) {
    await page.setViewportSize(size)
    for (const colorScheme of isAll ? SCHEMES : [SCHEMES[at]]) {
      await page.emulateMedia({ colorScheme: colorScheme ?? 'light', reducedMotion: 'reduce' })
      await settled(page)
      expect(await violations(page), `${name}, ${colorScheme}, ${size.width}`).toEqual([])
      await picture(page, `${name}-${colorScheme}-${size.width}`)
    }
    await fits(page, name)
  }
  await page.setViewportSize(WIDE)
}
