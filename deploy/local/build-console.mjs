// Builds the review console (src/console) into .cache/console, from where `hashwarden review` serves it. Plain JavaScript,
// because set-up runs it on any Node from 20 on. Does nothing when the console is there for the sources as they are.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const sources = join(root, 'src', 'console')
const out = join(root, '.cache', 'console')
const stamp = join(out, '.sources')

/** Over all that goes into the build: the console's files, what it imports of other rooms, and the locked packages. */
function digest() {
  const hash = createHash('sha256')
  const files = ['console', 'hash', 'contract', 'telemetry/panels'].flatMap((room) =>
    readdirSync(join(root, 'src', room), { recursive: true, withFileTypes: true })
      .filter((one) => one.isFile())
      .map((one) => join(one.parentPath, one.name)),
  )
  files.push(join(root, 'package-lock.json'), fileURLToPath(import.meta.url))
  for (const file of files.sort()) hash.update(file.slice(root.length)).update(readFileSync(file))
  return hash.digest('hex')
}

/** Builds into a folder beside, and puts it into place as a whole: a server never serves half of it. */
export async function buildConsole() {
  const wanted = digest()
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  const { build } = await import('vite')
  const fresh = `${out}.${process.pid}`
  await build({
    configFile: false,
    root: sources,
    base: '/',
    logLevel: 'warn',
    cacheDir: join(root, '.cache', 'vite'),
    oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
    build: {
      outDir: fresh,
      emptyOutDir: true,
      target: 'es2023',
      // The content security policy has no room for inlined files.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      // On a busy machine it would warn of its own slowness.
      rolldownOptions: { checks: { pluginTimings: false } },
      // lightningcss would turn light-dark() into something else for older browsers.
      cssTarget: 'esnext',
    },
  })
  writeFileSync(join(fresh, '.sources'), wanted)
  mkdirSync(dirname(out), { recursive: true })
  rmSync(out, { recursive: true, force: true })
  renameSync(fresh, out)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildConsole()
