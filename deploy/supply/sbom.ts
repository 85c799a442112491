// `npm run sbom`: the packages of production, with versions, licences and digests, as CycloneDX on standard output. By npm's
// own command; its time and random number are replaced, so that one lock file gives one document.
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { npm } from './npm.ts'

const ROOT = new URL('../../', import.meta.url)

interface Bom {
  serialNumber: string
  readonly metadata: { timestamp?: string; readonly component: { name: string; type: string } }
  readonly components: readonly unknown[]
}

/**
 * The lock file and package.json without what is for development, in a folder of their own. With --omit=dev npm 11 leaves
 * out every package that one of development needs, too: pg, yaml and others.
 */
function writeProduction(folder: string): void {
  const manifest = JSON.parse(readFileSync(new URL('package.json', ROOT), 'utf8'))
  const lock = JSON.parse(readFileSync(new URL('package-lock.json', ROOT), 'utf8'))
  delete manifest.devDependencies
  delete lock.packages[''].devDependencies
  for (const [place, { dev }] of Object.entries<{ readonly dev?: boolean }>(lock.packages))
    if (dev) delete lock.packages[place]
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify(lock))
}

async function bomOfProduction(): Promise<Bom> {
  const folder = mkdtempSync(join(tmpdir(), 'hashwarden-sbom-'))
  try {
    writeProduction(folder)
    const words = ['--sbom-format=cyclonedx', '--package-lock-only', '--sbom-type=application']
    return JSON.parse(await npm(['sbom', ...words], folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const bom = await bomOfProduction()
// npm names it after the folder.
bom.metadata.component.name = 'hashwarden'
delete bom.metadata.timestamp
const digest = createHash('sha256').update(JSON.stringify(bom.components)).digest('hex')
// A UUID of version 8, which leaves its bits to us.
bom.serialNumber = `urn:uuid:${digest.slice(0, 8)}-${digest.slice(8, 12)}-8${digest.slice(13, 16)}-8${digest.slice(17, 20)}-${digest.slice(20, 32)}`
process.stdout.write(`${JSON.stringify(bom, null, 2)}\n`)
