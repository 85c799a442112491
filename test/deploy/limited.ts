// The rights that compose and the chart give the services, by Node's permission model.
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

const compose: { readonly 'x-limited': string } = parse(
  readFileSync(new URL('../../deploy/compose.yaml', import.meta.url), 'utf8'),
)

/** As NODE_OPTIONS, as in the image. */
export const LIMITED = compose['x-limited']

const PROGRAM = new URL('../../', import.meta.url).pathname

/** The same rights where the program is this checkout, and settings, secrets and the snapshot are in these folders. */
export const limitedTo = (...folders: readonly [string, ...string[]]): string =>
  LIMITED.split(' ')
    .flatMap((option) => {
      const [name, path] = option.split('=')
      if (path === '/opt/hashwarden/') return `${name}=${PROGRAM}`
      if (['/etc/hashwarden/', '/run/secrets/', '/var/lib/hashwarden/', '/tmp/'].includes(path ?? ''))
        return folders.map((folder) => `${name}=${folder}/`)
      return option
    })
    .join(' ')
