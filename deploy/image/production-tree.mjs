// Makes the tree that production runs: `npm run build:production -- FOLDER`. It holds the program, its default settings, the
// compiled kernel, the built console, the runbooks that the review service shows, and the locked packages without those of development: no compiler, no tests. The
// image holds the same tree. Plain JavaScript, because it runs on any Node from 20 on.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildConsole } from '../local/build-console.mjs'
import { buildKernel } from '../local/build-kernel.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')

/** The sources of the kernel stay: their digest names the compiled one. Those of the console are built into .cache/console. */
const COPIED = [
  'package.json',
  'package-lock.json',
  'LICENSE',
  'config',
  'src',
  'deploy/runbooks',
  '.cache/kernel',
  '.cache/console',
]
const LEFT_OUT = new Set(['src/console', 'src/documents'].map((path) => join(root, path)))

/** @param {string} folder a new or empty one */
export async function makeProductionTree(folder) {
  const target = resolve(folder)
  if (existsSync(target) && readdirSync(target).length > 0)
    throw new Error(`${target} is not empty: name a new folder`)
  await buildKernel()
  await buildConsole()
  mkdirSync(target, { recursive: true })
  for (const path of COPIED)
    cpSync(join(root, path), join(target, path), {
      recursive: true,
      filter: (source) => !LEFT_OUT.has(source),
    })
  installPackages(target)
}

/** No package of production has a script that its installation needs. */
function installPackages(folder) {
  const options = [
    'ci',
    '--omit=dev',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    '--prefer-offline',
  ]
  const npm = process.env.npm_execpath
  // npm names its own script in npm_execpath; without it (run by hand) the shell finds npm.
  const { status } = npm
    ? spawnSync(process.execPath, [npm, ...options], { cwd: folder, stdio: 'inherit' })
    : spawnSync(`npm ${options.join(' ')}`, { cwd: folder, stdio: 'inherit', shell: true })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}: its message is above`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [folder] = process.argv.slice(2)
  if (folder === undefined) {
    console.error('Name the folder to make: npm run build:production -- FOLDER')
    process.exit(1)
  }
  await makeProductionTree(folder)
  console.log(`${resolve(folder)} is complete: it needs Node 24 or newer and nothing else.`)
}
