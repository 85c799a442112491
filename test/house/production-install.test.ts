import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** The packages that the files of a folder import. */
function importedBy(folder: string): Set<string> {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  const imports = files
    .filter((file) => /\.m?[jt]s$/.test(file))
    .flatMap((file) => [
      ...readFileSync(join(ROOT, folder, file), 'utf8').matchAll(
        /(?:\bfrom |\bimport\(|^import )'([a-z@][\w@/.:-]*)'/gm,
      ),
    ])
  return new Set(
    imports.map(([, name]) =>
      name
        .split('/')
        .slice(0, name.startsWith('@') ? 2 : 1)
        .join('/'),
    ),
  )
}

test('an installation without development packages has all that src/ and the set-up import, and the Node that runs it', () => {
  const packages = [...importedBy('src'), ...importedBy('deploy/local')].filter((name) => !isBuiltin(name))
  expect(packages).toEqual(expect.arrayContaining(['kafkajs', 'sharp', 'assemblyscript']))
  expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([])
  expect(dependencies.node).toMatch(/^24\./)
})
