// A browser without a window: keeps cookies by host, follows redirects, fills in the provider's form.

/** Where a browser ended, and all addresses on its way there. */
export interface Visit {
  readonly status: number
  readonly url: string
  readonly text: string
  readonly way: readonly string[]
}

export class Visitor {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** Of a host; to look at, and to plant. */
  cookies(url: string): Map<string, string> {
    const { host } = new URL(url)
    const jar = this.#cookies.get(host) ?? new Map<string, string>()
    this.#cookies.set(host, jar)
    return jar
  }

  /** The cookie header for this address. */
  cookieHeader(url: string): string {
    return [...this.cookies(url)].map(([name, value]) => `${name}=${value}`).join('; ')
  }

  async visit(url: string, form?: Readonly<Record<string, string>>): Promise<Visit> {
    const way: string[] = []
    let next: { readonly url: string; readonly form?: Readonly<Record<string, string>> | undefined } = {
      url,
      form,
    }
    for (;;) {
      way.push(next.url)
      const answer = await fetch(next.url, {
        method: next.form ? 'POST' : 'GET',
        redirect: 'manual',
        headers: { cookie: this.cookieHeader(next.url) },
        ...(next.form ? { body: new URLSearchParams({ ...next.form }) } : {}),
      })
      this.keep(next.url, answer.headers.getSetCookie())
      const to = answer.headers.get('location')
      const text = await answer.text()
      if (to === null || way.length > 20) return { status: answer.status, url: next.url, text, way }
      next = { url: new URL(to, next.url).href }
    }
  }

  /** Does what the headers set-cookie say. */
  keep(url: string, headers: readonly string[]): void {
    const jar = this.cookies(url)
    for (const header of headers) {
      const [name = '', value = ''] = header.split(';', 1)[0]?.split(/=(.*)/s) ?? []
      if (value === '' || /expires=Thu, 01 Jan 1970/i.test(header)) jar.delete(name)
      else jar.set(name, value)
    }
  }
}
