// Turns a runbook into a page: of Markdown the few forms that runbooks use, each with a test.

const escapeHtml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Code between backquotes, and links. Other runbooks lie beside this page; other documents are named by their file. */
const inline = (text: string): string =>
  escapeHtml(text)
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\[([^\]]+)\]\(([A-Za-z]+)\.md\)/g, '<a href="$2">$1</a>')
    .replaceAll(/\[([^\]]+)\]\(\.\.\/([^)]+)\)/g, '$1 (deploy/$2)')

function blockOf(block: string): string {
  const [, marks, title] = /^(#{1,2}) (.*)$/.exec(block) ?? []
  if (marks !== undefined && title !== undefined)
    return `<h${marks.length}>${inline(title)}</h${marks.length}>`
  const [, code] = /^```\w*\n([^]*)\n```$/.exec(block) ?? []
  if (code !== undefined) return `<pre>${escapeHtml(code)}</pre>`
  if (!block.startsWith('- ')) return `<p>${inline(block)}</p>`
  const items = block.split(/^- /m).slice(1)
  return `<ul>${items.map((item) => `<li>${inline(item.trim())}</li>`).join('')}</ul>`
}

/** @param markdown begins with its title */
export function runbookPage(markdown: string): string {
  const blocks = markdown.trim().match(/^```[^]*?^```$|^[^\n][^]*?(?=\n\n|$(?![^]))/gm) ?? []
  const [title = ''] = blocks
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title.replace('# ', ''))}</title>
${blocks.map(blockOf).join('\n')}
</html>
`
}
