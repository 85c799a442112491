// npm run build:client: builds the package `hashwarden/client` for platforms into .cache/client-package: JavaScript for Node 20 or
// newer, types, and a package.json with nothing but sharp and blockhash-core. `npm pack` there makes the file to hand out.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const PACKAGES = ['sharp', 'blockhash-core']

/** Returns the folder of the package. */
export async function buildClient(out = join(root, '.cache', 'client-package')) {
  const fresh = `${out}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  await bundle(fresh)
  declare(fresh)
  writeFileSync(join(fresh, 'package.json'), `${JSON.stringify(manifest(), undefined, 2)}\n`)
  for (const file of ['LICENSE', 'src/report-client/README.md'])
    cpSync(join(root, file), join(fresh, file.split('/').at(-1)))
  rmSync(out, { recursive: true, force: true })
  renameSync(fresh, out)
  return out
}

async function bundle(out) {
  const { build } = await import('vite')
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    cacheDir: join(root, '.cache', 'vite'),
    ssr: { external: PACKAGES, noExternal: true },
    build: {
      ssr: join(root, 'src', 'report-client', 'index.ts'),
      outDir: join(out, 'client'),
      emptyOutDir: true,
      target: 'node20',
      minify: false,
      rolldownOptions: {
        external: PACKAGES,
        output: { entryFileNames: 'index.js' },
        checks: { pluginTimings: false },
      },
    },
  })
}

/** Types of what the index exports, and no others. */
function declare(out) {
  const types = join(out, 'types')
  const config = join(out, 'tsconfig.json')
  const compilerOptions = {
    noEmit: false,
    declaration: true,
    emitDeclarationOnly: true,
    rewriteRelativeImportExtensions: true,
    allowImportingTsExtensions: false,
    rootDir: join(root, 'src'),
    outDir: types,
    typeRoots: [join(root, 'node_modules', '@types')],
  }
  const settings = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions,
    files: [join(root, 'src', 'report-client', 'index.ts')],
    include: [],
  }
  writeFileSync(config, JSON.stringify(settings))
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  execFileSync(process.execPath, [compiler, '-p', config], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  rmSync(config)
  const needed = reachable(join(types, 'report-client', 'index.d.ts'))
  for (const file of readdirSync(types, { recursive: true, withFileTypes: true })) {
    const path = join(file.parentPath, file.name)
    if (file.isFile() && !needed.has(path)) rmSync(path)
  }
}

/** A file of types, and those that it imports. */
function reachable(file, found = new Set()) {
  if (found.has(file)) return found
  found.add(file)
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/from '(\.[^']+)\.ts'/g))
    reachable(join(dirname(file), `${path}.d.ts`), found)
  return found
}

function manifest() {
  const { name, version, description, license, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  )
  return {
    name,
    version,
    description: `${description}: the client of platforms`,
    license,
    type: 'module',
    // From there on zlib has the CRC-32 of PNG files.
    engines: { node: '>=20.15' },
    exports: { './client': { types: './types/report-client/index.d.ts', default: './client/index.js' } },
    dependencies: Object.fromEntries(PACKAGES.map((one) => [one, dependencies[one]])),
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href)
  console.log(`The package is in ${await buildClient()}`)
