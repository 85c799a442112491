import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderReadme } from '../../bench/render.ts'

test('the README’s figures are those of bench/results: `npm run bench:render` puts them in', () => {
  expect(readFileSync(new URL('../../README.md', import.meta.url), 'utf8')).toBe(renderReadme())
})
