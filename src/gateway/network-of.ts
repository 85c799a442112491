// Which client an address is: of IPv6 one has a network of 2^64 addresses.

const GROUPS = 8
const NETWORK_GROUPS = 4

/** The address itself (IPv4), or the first 64 bits of it (IPv6). */
export function networkOf(address: string | undefined): string {
  if (address === undefined) return ''
  const [plain] = address.split('%')
  if (!plain.includes(':') || plain.includes('.')) return plain
  const [before, after] = plain.split('::')
  const head = groupsOf(before)
  const tail = groupsOf(after)
  const middle =
    after === undefined ? [] : Array.from({ length: GROUPS - head.length - tail.length }, () => '0')
  return [...head, ...middle, ...tail].slice(0, NETWORK_GROUPS).join(':')
}

const groupsOf = (text: string | undefined): readonly string[] =>
  text === undefined || text === '' ? [] : text.split(':')
