// Addresses whose path is wrongly encoded go where nothing exists, so that they pass the guards of all other requests.

const NOTHING = '/api/'

/** The address itself, if its path can be decoded. */
export function readableUrl(url: string): string {
  const [path = ''] = url.split(/[?;#]/, 1)
  try {
    decodeURIComponent(path)
    return url
  } catch {
    return NOTHING
  }
}
