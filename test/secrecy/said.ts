// What a run has said, by the place where it said it.
import { createHash } from 'node:crypto'
import type { Marks } from './marks.ts'

/**
 * Fields that may say something, of each place: they are taken out before the search, so that the same value anywhere else in
 * that place is found.
 */
export const MAY_SAY: Readonly<Record<string, readonly string[]>> = {
  // Who did it: that is what the audit is for.
  'entries of the audit': ['actor'],
  // Who decided, and why, in their own words.
  'topic of decisions': ['reviewer', 'reason'],
  // The digest of a whole record, so that a replay takes no other. Of a record that is nothing but one value it is the
  // digest of that value.
  'topic of dead letters': ['sha256'],
  'output of dlq': ['sha256'],
}

export class Said {
  readonly #places = new Map<string, Map<string, string>>()

  /** The same content twice counts once. */
  add(place: string, content: string | Uint8Array): void {
    const text = Buffer.from(content).toString('latin1')
    const contents = this.#places.get(place) ?? new Map<string, string>()
    contents.set(createHash('sha256').update(text).digest('hex'), text)
    this.#places.set(place, contents)
  }

  /** JSON, or a line of text, without the fields that MAY_SAY names. */
  addFields(place: string, json: string): void {
    if (!json.startsWith('{')) {
      this.add(place, json)
      return
    }
    const fields: Record<string, unknown> = JSON.parse(json)
    for (const name of MAY_SAY[place] ?? []) delete fields[name]
    this.add(place, JSON.stringify(fields))
  }

  places(): readonly string[] {
    return [...this.#places.keys()].toSorted()
  }

  /** All that was said there. */
  at(place: string): string {
    return [...(this.#places.get(place)?.values() ?? [])].join('\n')
  }

  /** Each mark that was said, with its place, and the lines that have it. */
  leaks(marks: Marks): readonly string[] {
    return this.places().flatMap((place) =>
      [...(this.#places.get(place)?.values() ?? [])].flatMap((text) => {
        const found = marks.find(text)
        if (found.length === 0) return []
        const lines = text.split('\n').filter((line) => marks.find(line).length > 0)
        return `${place}: ${found.join('; ')}\n${lines.map((line) => line.slice(0, 400)).join('\n')}`
      }),
    )
  }
}
