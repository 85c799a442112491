// Compiles the search kernel (src/search/kernel, AssemblyScript) to WebAssembly, twice: with relaxed SIMD for
// engines that have it, and with plain SIMD. Plain JavaScript, because set-up runs it on any Node from 20 on.
// Does nothing when both modules are there for the sources as they are.
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { KERNEL_FLAGS, KERNEL_VARIANTS, kernelFile } from '../../src/search/kernel-digest.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const sources = join(root, 'src', 'search', 'kernel')
const out = join(root, '.cache', 'kernel')

/**
 * Throws unless the module imports the memory alone and has no data section. Reads the bytes itself, because an
 * older engine, which set-up may run on, refuses a module with relaxed SIMD.
 */
function assertShareable(bytes, variant) {
  let at = 8
  const number = () => {
    let value = 0
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
  }
  let imports = 0
  while (at < bytes.length) {
    const section = bytes[at++]
    const end = number() + at
    if (section === 2) {
      imports = number()
      for (let name = 0; name < 2; name++) {
        const length = number()
        at += length
      }
      if (imports !== 1 || bytes[at] !== 2) throw new Error(`kernel (${variant}): may import only its memory`)
    }
    if (section === 11) throw new Error(`kernel (${variant}): a data section would overwrite a shared memory`)
    at = end
  }
  if (imports !== 1) throw new Error(`kernel (${variant}): must import its memory`)
}

/** Compiles the variants that are not there for the sources as they are, and removes those of other sources. */
export async function buildKernel() {
  const missing = Object.keys(KERNEL_VARIANTS).filter((variant) => !existsSync(kernelFile(variant)))
  if (missing.length === 0) return
  const asc = await import('assemblyscript/asc')
  mkdirSync(out, { recursive: true })
  for (const variant of missing) {
    const target = kernelFile(variant)
    const unchecked = join(out, `unchecked-${variant}.wasm`)
    const messages = asc.createMemoryStream()
    const features = KERNEL_VARIANTS[variant].flatMap((feature) => ['--enable', feature])
    const { error } = await asc.main(
      [join(sources, 'index.ts'), '--baseDir', root, '--outFile', unchecked, ...KERNEL_FLAGS, ...features],
      { stdout: messages, stderr: messages },
    )
    if (error)
      throw new Error(`kernel (${variant}) does not compile:\n${messages.toString()}`, { cause: error })
    assertShareable(readFileSync(unchecked), variant)
    renameSync(unchecked, target)
  }
  const current = new Set(Object.keys(KERNEL_VARIANTS).map((variant) => kernelFile(variant)))
  for (const name of readdirSync(out)) if (!current.has(join(out, name))) rmSync(join(out, name))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await buildKernel()
