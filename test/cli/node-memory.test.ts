import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { NODE_MEMORY_ARGUMENTS } from '../../src/cli/node-memory.ts'

const ENTRY = fileURLToPath(new URL('../../src/cli/hashwarden.mjs', import.meta.url))
/** Makes millions of objects that live for a while, and prints how much room V8 took for young ones, in MiB. */
const MAKES_GARBAGE = `
  let kept = []
  for (let n = 0; n < 5e6; n++) {
    kept.push({ n })
    if (kept.length > 2e5) kept = []
  }
  const young = require('node:v8').getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')
  console.log(young.space_size / 2 ** 20)`

test('the command starts Node with what bounds its memory, and still runs', () => {
  const [firstLine] = readFileSync(ENTRY, 'utf8').split('\n')
  expect(firstLine).toBe(`#!/usr/bin/env -S node ${NODE_MEMORY_ARGUMENTS.join(' ')}`)
  expect(execFileSync(ENTRY, ['--help'], { encoding: 'utf8' })).toContain('match')
})

test('so started, Node takes at most 48 MiB for young objects', () => {
  const young = execFileSync(process.execPath, [...NODE_MEMORY_ARGUMENTS, '-e', MAKES_GARBAGE], {
    encoding: 'utf8',
  })
  expect(Number(young)).toBeLessThanOrEqual(48)
})
