import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documents } from '../../src/documents/main.ts'

test.each([...(await documents())])(
  '%s is in step with the code: `npm run documents` writes it',
  (path, text) => {
    const committed = readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
    expect(committed === text, `${path} is stale: run \`npm run documents\` and commit it`).toBe(true)
  },
)
