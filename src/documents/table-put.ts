// Puts a generated table into a document that is otherwise written by hand.

/** Cells in Markdown. The first row is the head. */
export type Rows = readonly (readonly string[])[]

/** The document with these rows between `<!-- name: … -->` and `<!-- /name -->`, each on a line of its own. */
export function tablePut(document: string, name: string, [head, ...rows]: Rows): string {
  const start = new RegExp(`^<!-- ${name}: .* -->\n`, 'm').exec(document)?.[0] ?? ''
  const [before, rest] = start === '' ? [] : document.split(start)
  const after = rest?.split(`<!-- /${name} -->\n`)[1]
  if (after === undefined) throw new Error(`The document has no place for the table ${name}.`)
  const table = [line(head), `|${'---|'.repeat(head.length)}\n`, ...rows.map(line)]
  return `${before}${start}${table.join('')}<!-- /${name} -->\n${after}`
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`
