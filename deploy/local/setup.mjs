// Set-up for `npm start`, `npm test` and `npm run check`: installs the locked dependencies when they are
// missing or out of date. Plain JavaScript without imports from the project, because it runs before the
// installation, on whatever Node (20 or newer) the machine has.
import { createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const modules = join(root, 'node_modules')
const stampFile = join(modules, '.hashwarden-setup')
// With the packages of development, whatever NODE_ENV says: Node 24 and the kernel's compiler are among them.
const INSTALL = ['ci', '--include=dev', '--loglevel=error']
// A link leads to the installation of another work tree: npm ci would empty it under that tree's feet.
const linked = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() ?? false
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .update(`${process.platform}-${process.arch}`)
  .digest('hex')

if (!linked && (!existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== wanted)) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    console.error(`hashwarden needs Node 20 or newer to install itself; this is ${process.version}.`)
    process.exit(1)
  }
  console.log('Installing the locked dependencies (once)…')
  const npm = process.env.npm_execpath
  // npm names its own script in npm_execpath; without it (run by hand) the shell finds npm.
  const installed = npm
    ? spawnSync(process.execPath, [npm, ...INSTALL], { cwd: root, stdio: 'inherit' })
    : spawnSync(`npm ${INSTALL.join(' ')}`, { cwd: root, stdio: 'inherit', shell: true })
  if (installed.status !== 0) {
    console.error('npm ci failed: its message is above. Nothing was started.')
    process.exit(installed.status ?? 1)
  }
  writeFileSync(stampFile, wanted)
}

// The search kernel, when its sources are newer than what was compiled.
const { buildKernel } = await import('./build-kernel.mjs')
await buildKernel()

// The review console, when its sources are newer than what was built.
const { buildConsole } = await import('./build-console.mjs')
await buildConsole()
