// Markdown tables, and the files that they are rendered from.
import { existsSync, readFileSync } from 'node:fs'
import type { Machine } from '../machine.ts'

type Cell = string | number

/** A Markdown table. */
export function table(head: readonly Cell[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** What a figure was measured on; results from before the SIMD level was noted lack it. */
export const on = ({ cpu, simd, cores, node, date }: Omit<Machine, 'simd'> & { simd?: string }): string =>
  [cpu, ...(simd ? [simd] : []), `${cores} cores`, `Node ${node}`, date].join(', ')

/** A result, if that benchmark has been run; the benchmark that wrote it has the type that its reader names. */
export function readResult(name: string): unknown {
  const file = new URL(`../results/${name}.json`, import.meta.url)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}
