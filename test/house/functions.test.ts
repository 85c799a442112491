// Functions are at most 70 lines long and take at most five positional parameters; the linter counts.
import { spawnSync } from 'node:child_process'
import { cpSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const LIMITS = {
  plugins: [],
  categories: { correctness: 'off' },
  rules: {
    'eslint/max-lines-per-function': ['error', { max: 70 }],
    'eslint/max-params': ['error', { max: 5 }],
  },
}

/** In which files how many functions may take more parameters. Never add one without a reason. */
const MORE_PARAMETERS: Readonly<Record<string, number>> = {
  // AssemblyScript has no records without an allocation, and the kernel allocates nothing.
  'src/search/kernel/filter.ts': 3,
  'src/search/kernel/parts.ts': 1,
  'src/search/kernel/pass.ts': 1,
  // Typed arrays and places in them, for each query of a batch: a record each would be an allocation each.
  'src/search/plain/bk-tree.ts': 1,
  'src/sample/random-hash.ts': 1,
  'bench/search/planted-queries.ts': 1,
}

/** What the linter says of the code in a folder: `file:line: message`, but of the functions that may. */
function faultsIn(folder: string): readonly string[] {
  writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(LIMITS))
  const oxlint = join(ROOT, 'node_modules/.bin/oxlint')
  const { stdout, status } = spawnSync(oxlint, ['--format', 'unix', '.'], { cwd: folder, encoding: 'utf8' })
  if (status !== 0 && status !== 1) throw new Error(`oxlint ended with ${status}: ${stdout}`)
  const faults = stdout.split('\n').filter((line) => line.includes('Error'))
  const left = { ...MORE_PARAMETERS }
  return faults.filter((line) => {
    const [file] = line.split(':')
    return !(line.includes('max-params') && (left[file] = (left[file] ?? 0) - 1) >= 0)
  })
}

function copyOf(...folders: readonly string[]): string {
  const copy = mkdtempSync(join(tmpdir(), 'hashwarden-functions-'))
  onTestFinished(() => rmSync(copy, { recursive: true }))
  for (const folder of folders) {
    cpSync(join(ROOT, folder), join(copy, folder), {
      recursive: true,
      filter: (path) => !path.includes('/results') && !path.endsWith('.json'),
    })
  }
  // AssemblyScript has decorators on functions, which TypeScript has not.
  for (const file of globSync('src/search/kernel/*.ts', { cwd: copy })) {
    const path = join(copy, file)
    writeFileSync(path, readFileSync(path, 'utf8').replaceAll(/^(\s*)@\w+(?:\("[^"]*"\))?/gm, '$1'))
  }
  return copy
}

test('no function of src/ or bench/ is too long or takes too many parameters', () => {
  expect(faultsIn(copyOf('src', 'bench'))).toEqual([])
})

test('a function that is too long, or takes too many parameters, is found', () => {
  const folder = copyOf()
  const lines = Array.from({ length: 70 }, (_, n) => `  console.log(${n})`).join('\n')
  writeFileSync(
    join(folder, 'long.ts'),
    `export function long() {\n${lines}\n}\nexport function many(a, b, c, d, e, f) {\n  return a + b + c + d + e + f\n}\n`,
  )
  expect(faultsIn(folder).toSorted()).toEqual([
    expect.stringContaining('too many lines (72)'),
    expect.stringContaining('too many parameters (6)'),
  ])
})
