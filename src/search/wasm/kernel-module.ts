// Loads the compiled kernel.
import { readFileSync } from 'node:fs'
import { kernelFile } from '../kernel-digest.mjs'

/** What the kernel exports (src/search/kernel/index.ts). Addresses and counts are unsigned 32-bit numbers. */
export interface KernelExports {
  layoutScratchBytes(): number
  layoutMaxRows(): number
  layoutResultsOffset(): number
  layoutEstimatesOffset(): number
  initConstants(): void
  toClassesAll(from: number, to: number, count: number): void
  transposeAll(from: number, to: number, count: number): void
  fromClasses(from: number, to: number): void
  buildTable(header: number, chunk: number, room: number, capacity: number): void
  bindScratch(address: number): void
  bindIndex(header: number): void
  bindQuery(
    rows: number,
    forms: number,
    radius: number,
    budgetsLow: number,
    budgetsHigh: number,
    readAt: number,
  ): void
  estimateRows(): void
  searchSparse(fromRow: number, toRow: number): void
  searchDirect(fromRow: number, toRow: number): void
  sortRows(chunk: number, partBits: number): void
  searchStream(partBits: number, fromPart: number): number
  searchParts(partBits: number, fromPart: number): number
  searchFlat(fromRow: number, toRow: number, from: number, to: number): number
  takeResults(): number
  takeOverflow(): number
  limitWork(entries: number): void
  hasGivenUp(): number
}

let compiled: WebAssembly.Module | undefined

function compileKernel(): WebAssembly.Module {
  for (const variant of ['relaxed', 'plain'] as const) {
    const file = kernelFile(variant)
    let bytes: Uint8Array<ArrayBuffer>
    try {
      bytes = new Uint8Array(readFileSync(file))
    } catch (cause) {
      throw new Error(
        `The search kernel is not built for the sources as they are (${file}): run "npm run build:kernel".`,
        { cause },
      )
    }
    if (WebAssembly.validate(bytes)) return new WebAssembly.Module(bytes)
  }
  throw new Error('This engine has no WebAssembly SIMD with threads: the search kernel needs Node 24.')
}

/** A new instance of the kernel on `memory`. The module is compiled once a thread. */
export function instantiateKernel(memory: WebAssembly.Memory): KernelExports {
  compiled ??= compileKernel()
  // The exports are the kernel's own, as its sources declare them.
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as KernelExports
}
