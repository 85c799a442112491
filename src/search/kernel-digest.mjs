// Which sources a compiled search kernel is of. Plain JavaScript, because set-up (deploy/local/build-kernel.mjs) needs
// it on any Node from 20 on, and so does who loads the kernel: both must name the same file, or an old kernel would
// answer, wrongly and in silence, for new sources.
import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const sources = new URL('kernel/', import.meta.url)
const compiled = new URL('../../.cache/kernel/', import.meta.url)

/** 16 hexadecimal digits, of the sources and of how they are compiled. */
function kernelDigest(flags) {
  const hash = createHash('sha256').update(flags)
  for (const name of readdirSync(sources).sort()) {
    if (name.endsWith('.ts')) hash.update(`\0${name}\0`).update(readFileSync(new URL(name, sources)))
  }
  return hash.digest('hex').slice(0, 16)
}

/** How the kernel is compiled, but for the features of its variants. */
export const KERNEL_FLAGS = [
  '-O3',
  '--noAssert',
  '--runtime=stub',
  '--importMemory',
  '--noExportMemory',
  '--sharedMemory',
  '--initialMemory=1',
  '--maximumMemory=65536',
]

/** Relaxed swizzles are worth 30 % of a search; engines without them get the plain build. */
export const KERNEL_VARIANTS = { relaxed: ['simd', 'threads', 'relaxed-simd'], plain: ['simd', 'threads'] }

/** Where a variant of the kernel lies that is of the sources as they are. */
export function kernelFile(variant) {
  const digest = kernelDigest(JSON.stringify([KERNEL_FLAGS, KERNEL_VARIANTS[variant]]))
  return fileURLToPath(new URL(`${variant}-${digest}.wasm`, compiled))
}
