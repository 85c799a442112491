// A plain list, hash by hash, as the importer of lists takes it.
import { isHashType, type HashType } from '../hash/hash-type.ts'
import type { HashValue } from '../hash/hash-value.ts'
import { readLines } from './formats/lines.ts'
import { TextInput } from './input/text-input.ts'

/** One entry of a list, before it is given a source. */
export interface ListedHash {
  readonly type: HashType
  readonly value: HashValue
  /** The list's own name for the file. Several types of one file may share it. */
  readonly sourceId: string
  /** Set where the list names no file, so that the id is made of a value. */
  readonly isBare?: boolean
  /** Where it stands: the first line is 1. */
  readonly line?: number
}

/** A line that gives no entry: says where and why, never what the line holds. */
export interface BadLine {
  readonly line: number
  readonly problem: string
}

/** The entries of a file of lines (formats/lines.ts); `-` is standard input. Throws a TextInputError, or the system's error. */
export async function* readList(file: string): AsyncGenerator<ListedHash | BadLine> {
  for await (const items of readLines(new TextInput(file))) {
    for (const item of items) {
      const line = Number(item.place.slice('line '.length))
      if (item.kind === 'refused') yield { line, problem: item.reason }
      else if (item.kind === 'passed-over') yield { line, problem: item.why }
      else if (item.kind === 'file') {
        const { sourceId, isBare, hashes } = item
        for (const { type, value } of hashes) {
          if (!isHashType(type)) yield { line, problem: `${type} is not matched yet` }
          // A value of such a type is one.
          else yield { type, value: value as HashValue, sourceId, ...(isBare ? { isBare } : {}), line }
        }
      }
    }
  }
}
