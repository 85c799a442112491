import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
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

test('the audit of a registry that refuses ends with exit code 2 and says that nothing was checked', async () => {
  const registry = createServer((_, response) => response.writeHead(405).end())
  registry.listen(0, '127.0.0.1')
  await once(registry, 'listening')
  // What listens on a port has an AddressInfo.
  const { port } = registry.address() as AddressInfo
  try {
    const { code, text } = await run('audit.ts', {
      npm_config_registry: `http://127.0.0.1:${port}/`,
      npm_config_fetch_retries: '0',
    })
    expect(text).toMatch(/packages of production +NOT CHECKED: 405 Method Not Allowed/)
    expect(text).not.toContain('nothing found\n')
    expect(code).toBe(2)
  } finally {
    registry.close()
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
