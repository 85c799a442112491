import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = new URL('../../../', import.meta.url).pathname

async function run(
  script: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<{ code: unknown; text: string }> {
  const child = spawn(process.execPath, [`deploy/supply/${script}`], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let text = ''
  child.stdout.on('data', (chunk) => (text += chunk))
  const [code] = await once(child, 'close')
  return { code, text }
}

/** The audit, with a registry of the test's own. */
async function audit(registry: RequestListener): Promise<{ code: unknown; text: string }> {
  const cache = mkdtempSync(join(tmpdir(), 'hashwarden-npm-'))
  const server = createServer(registry).listen(0, '127.0.0.1')
  await once(server, 'listening')
  // What listens on a port has an AddressInfo.
  const { port } = server.address() as AddressInfo
  try {
    // npm keeps answers.
    return await run('audit.ts', {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_cache: cache,
    })
  } finally {
    rmSync(cache, { recursive: true, force: true })
    server.closeAllConnections()
    server.close()
  }
}

test('the audit of a registry that refuses ends with exit code 2 and says that nothing was checked', async () => {
  const { code, text } = await audit((_, response) => response.writeHead(405).end())
  expect(text).toMatch(/packages of production +NOT CHECKED: 405 Method Not Allowed/)
  expect(text).toContain('NOTHING WAS CHECKED')
  expect(code).toBe(2)
})

test('the audit of a registry that never answers ends by itself, with exit code 2', async () => {
  const { code, text } = await audit(() => {})
  expect(text.match(/NOT CHECKED/g)).toHaveLength(3)
  expect(text).toContain('NOTHING WAS CHECKED')
  expect(code).toBe(2)
})

test.each([
  ['critical', 1, /packages of production +FOUND: kafkajs \(critical\)/],
  ['high', 1, /packages of production +FOUND: kafkajs \(high\)/],
  ['moderate', 2, /packages of production +checked, nothing grave found, but kafkajs \(moderate\)/],
])(
  'an advisory of severity %s for a package of production ends the audit with exit code %i',
  async (severity, expected, said) => {
    const advisory = { id: 1, url: '', title: 'made up', severity, vulnerable_versions: '*' }
    const { code, text } = await audit((request, response) => {
      if (request.url?.endsWith('/advisories/bulk')) response.end(JSON.stringify({ kafkajs: [advisory] }))
      else response.writeHead(404).end()
    })
    expect(text).toMatch(said)
    expect(code).toBe(expected)
  },
)

test('CI runs the audit, is red when something is found, and not where the registry refuses', async () => {
  const ci = readFileSync(`${ROOT}.ci/run`, 'utf8')
  const line = ci.split('\n').find((each) => each.includes('npm run -s audit'))
  expect(line).toBeDefined()
  for (const [code, expected] of [
    [0, 0],
    [1, 1],
    [2, 0],
  ]) {
    const script = `set -e; npm() { return ${code}; }; ${line}`
    expect(spawnSync('bash', ['-c', script]).status).toBe(expected)
  }
})

test('the bill of materials names the packages of production alone, and is the same each time', async () => {
  const [first, second] = [await run('sbom.ts'), await run('sbom.ts')]
  expect(second).toEqual(first)
  const { bomFormat, metadata, components } = JSON.parse(first.text)
  expect(bomFormat).toBe('CycloneDX')
  expect(metadata.component).toMatchObject({ name: 'hashwarden', type: 'application' })
  const names = components.map(({ name }: { readonly name: string }) => name)
  const lock = JSON.parse(readFileSync(`${ROOT}package-lock.json`, 'utf8'))
  const locked = Object.entries<{ readonly dev?: boolean }>(lock.packages)
    .filter(([place, { dev }]) => place !== '' && !dev)
    .map(([place]) => place.replace(/.*node_modules\//, ''))
  expect(new Set(names)).toEqual(new Set(locked))
  expect(names).toEqual(expect.arrayContaining(['kafkajs', 'pg', 'yaml']))
  expect(names).not.toContain('vite')
})
