// What a service can do under the rights that compose and the chart give it.
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import { manifestsOf, renderedFile } from './chart/rendered.ts'
import { LIMITED, limitedTo } from './limited.ts'

const DENIED = 'ERR_ACCESS_DENIED'

/** What becomes of a line of JavaScript in a process with these rights: `ok`, or the code of the error. */
function outcome(line: string, folder: string): string {
  const script = `try { ${line}; console.log('ok') } catch (error) { console.log(error.code) }`
  const { stdout, stderr } = spawnSync(process.execPath, ['--eval', script], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], NODE_OPTIONS: limitedTo(folder) },
  })
  return `${stdout}${stderr}`.trim()
}

test('a service reads and writes nothing outside of its folders, starts no process and can’t be debugged', () => {
  const outside = mkdtempSync(join(tmpdir(), 'hashwarden-limited-'))
  onTestFinished(() => rmSync(outside, { recursive: true }))
  const folder = join(outside, 'own')
  mkdirSync(folder)
  writeFileSync(join(outside, 'secret'), 'of others')
  symlinkSync(join(outside, 'secret'), join(outside, 'link'))
  const own = JSON.stringify(join(folder, 'file'))
  const others = JSON.stringify(join(outside, 'secret'))
  const program = new URL('../../src/cli/main.ts', import.meta.url).pathname
  const outcomes = [
    `fs.writeFileSync(${own}, '')`,
    `fs.readFileSync(${own})`,
    `fs.readFileSync('${program}')`,
    `fs.readFileSync('/proc/self/status')`,
    `new worker_threads.Worker('', { eval: true }).terminate()`,
    `fs.readFileSync(${others})`,
    `fs.readFileSync('${folder}/../secret')`,
    `fs.symlinkSync(${others}, '${folder}/link')`,
    `fs.writeFileSync(${others}, '')`,
    `fs.appendFileSync('${program}', '')`,
    `fs.readFileSync('/proc/self/environ')`,
    `fs.readFileSync('/proc/self/root${outside}/secret')`,
    `fs.readFileSync('/etc/passwd')`,
    `child_process.execSync('true')`,
    `inspector.open(0)`,
  ].map((line) => [line, outcome(line, folder)])
  expect(outcomes.map(([, became]) => became)).toEqual([
    ...Array.from({ length: 5 }, () => 'ok'),
    ...Array.from({ length: outcomes.length - 5 }, () => DENIED),
  ])
})

test('compose and the chart give each service these rights, and no other role', () => {
  const { services } = parse(readFileSync(new URL('../../deploy/compose.yaml', import.meta.url), 'utf8'), {
    merge: true,
  })
  const limited = Object.keys(services).filter((name) => services[name].environment?.NODE_OPTIONS === LIMITED)
  expect(limited.toSorted()).toEqual(['gateway', 'matcher', 'review', 'serve', 'sync'])
  const manifests = ['plain', 'lists', 'gateway'] as const
  const containers = manifests
    .flatMap((name) => manifestsOf(readFileSync(renderedFile(name), 'utf8')))
    .filter(({ kind }) => kind === 'Deployment')
    .flatMap(({ spec }) => spec.template?.spec.containers ?? [])
  expect(
    new Set(containers.map(({ args: [first, second] }) => (first === 'hashset' ? second : first))),
  ).toEqual(new Set(['match', 'review', 'sync', 'serve', 'gateway']))
  for (const { env = [] } of containers)
    expect(env.find(({ name }) => name === 'NODE_OPTIONS')?.value).toBe(LIMITED)
})
