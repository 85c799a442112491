// Where a browser goes after the sign-in: a page of this site, and never another site.

const HERE = 'http://here.invalid'
const MAX_CHARACTERS = 512
/** No `//` and no `/\` at its beginning, which browsers take for another host, and nothing but printable ASCII. */
const LOCAL_PATH = /^\/(?![/\\])[\u0021-\u007e]*$/
/** They act: nothing is to be shown there. */
const NO_PAGES = /^\/(?:api|sign-in)(?:[/?#]|$)/

/** The path, if it is a page of this site; else `/`. */
export function returnPath(asked: string | undefined): string {
  if (asked === undefined || asked.length > MAX_CHARACTERS || !LOCAL_PATH.test(asked)) return '/'
  const url = new URL(asked, HERE)
  // As the browser will read it: `/.//other.example` becomes `//other.example`.
  const path = `${url.pathname}${url.search}${url.hash}`
  return url.origin === HERE && LOCAL_PATH.test(path) && !NO_PAGES.test(path) ? path : '/'
}
