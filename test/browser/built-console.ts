// Builds the console before the browser tests, if its sources are newer than what was built.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('../../deploy/local/build-console.mjs', import.meta.url))

export default function buildConsole(): void {
  const { status, stderr } = spawnSync(process.execPath, [BUILD], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`The console does not build:\n${stderr}`)
}
