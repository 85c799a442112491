// Which entries a person means: lines of `type value`, read from standard input or a file, so that no value is among the
// arguments of a process, where each user of the machine can read it.
import { isSourceId, type EntryIdentity } from '../../contract/known-hash.ts'
import { isComment } from '../formats/list-line.ts'
import { listedHashOf, listedTypeOf } from '../formats/listed-hash.ts'
import { TextInput } from '../input/text-input.ts'
import { textLines } from '../input/text-lines.ts'

/** One line's meaning: a value in all lists, or in one of their entries. */
type Selected = SelectedValue | { readonly sourceId: string }
export type SelectedValue = Pick<EntryIdentity, 'type' | 'value'>

/** Lines that mean something, and those that don't, by number, with the reason. */
export interface Selection {
  readonly selected: readonly Selected[]
  readonly badLines: readonly { readonly line: number; readonly problem: string }[]
}

export interface SelectionOptions {
  /** Each line is an id of the source, in place of `type value`. */
  readonly isIds?: boolean
}

/** Reads a file (`-`: standard input). A blank line and a comment mean nothing. */
export async function readSelection(
  file: string,
  { isIds = false }: SelectionOptions = {},
): Promise<Selection> {
  const selected: Selected[] = []
  const badLines: { line: number; problem: string }[] = []
  let line = 0
  for await (const bytes of textLines(new TextInput(file))) {
    line++
    const text = bytes.toString('utf8').trim()
    if (text === '' || isComment(text)) continue
    const parsed = isIds ? parseId(text) : parseValue(text)
    if (typeof parsed === 'string') badLines.push({ line, problem: parsed })
    else selected.push(parsed)
  }
  return { selected, badLines }
}

function parseId(text: string): Selected | string {
  return isSourceId(text)
    ? { sourceId: text }
    : "a source's id has at most 64 bytes and no control characters"
}

function parseValue(text: string): Selected | string {
  const [name, printed, ...more] = text.split(/\s+/)
  if (printed === undefined || more.length > 0) return 'expected `type value`'
  const type = listedTypeOf(name)
  const hash = type && listedHashOf(type, printed)
  return hash ?? 'no type of hash has this name, or no value of the type has this form'
}

/** Whether the selection means an entry; `source`: it means only entries of this one. */
export function matcherOf(
  { selected }: Pick<Selection, 'selected'>,
  source?: string,
): (identity: EntryIdentity) => boolean {
  const values = new Set<string>()
  const ids = new Set<string>()
  for (const one of selected) {
    if ('sourceId' in one) ids.add(one.sourceId)
    else values.add(`${one.type}:${one.value}`)
  }
  return (identity) =>
    (source === undefined || identity.source === source) &&
    (ids.has(identity.sourceId) || values.has(`${identity.type}:${identity.value}`))
}
