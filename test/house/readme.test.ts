import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { renderAll } from '../../bench/render.ts'

test('the README’s figures, tables and charts are those of bench/results: `npm run bench:render` puts them in', async () => {
  for (const [path, text] of await renderAll()) {
    expect(readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8'), path).toBe(text)
  }
})
