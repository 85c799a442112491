// Pages that name the next one: each is asked for once the one before was used. And what addresses they lie under.
import { badPaging } from './source-error.ts'

/** Paging that goes on beyond this is a fault of the server. */
const MOST_PAGES = 1_000_000

/** An address below a base, which may end with slashes and may lack a path. */
export const addressUnder = (base: string, path: string): URL => new URL(base.replace(/\/+$/, '') + path)

/** @throws SourceError of code bad-paging if a page names one that came before. */
export async function* pagesOf<Page>(
  first: URL,
  ask: (url: URL) => Promise<Page>,
  nextOf: (page: Page) => URL | undefined,
): AsyncGenerator<Page> {
  const seen = new Set<string>()
  let url: URL | undefined = first
  while (url !== undefined) {
    if (seen.has(url.href)) throw badPaging('a page names one that came before as the next')
    seen.add(url.href)
    if (seen.size > MOST_PAGES) throw badPaging(`a range has more than ${MOST_PAGES} pages`)
    const page: Page = await ask(url)
    yield page
    url = nextOf(page)
  }
}
