// The SIMD level of this machine.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/** The levels that matter to comparing bits, the best first, each with the CPU flag that shows it. */
const LEVELS = [
  ['avx512_vpopcntdq', 'AVX-512 with VPOPCNTDQ'],
  ['avx512f', 'AVX-512'],
  ['avx2', 'AVX2'],
  ['sse4_2', 'SSE4.2'],
  ['asimd', 'NEON'],
] as const

/** The best SIMD level that the CPU's `flags`, as Linux lists them, show. */
export function simdLevel(flags: string): string {
  const shown = new Set(flags.toLowerCase().split(/\s+/))
  return LEVELS.find(([flag]) => shown.has(flag))?.[1] ?? 'unknown'
}

/** This machine's SIMD level. Native code uses the best there is; WebAssembly has 128 bits on every CPU. */
export function simdOfThisMachine(): string {
  try {
    if (process.platform === 'linux') return simdLevel(readFileSync('/proc/cpuinfo', 'utf8'))
    if (process.arch === 'arm64') return 'NEON'
    if (process.platform === 'darwin') {
      return simdLevel(execFileSync('sysctl', ['-n', 'machdep.cpu.leaf7_features'], { encoding: 'utf8' }))
    }
  } catch {
    // A system that doesn't say is no reason not to measure it.
  }
  return 'unknown'
}
