// Which addresses a credential may be used from.
import { BlockList, isIP } from 'node:net'
import { parseNetwork } from '../../contract/gateway-key.ts'

/** An IPv4 client of a socket that listens on both families shows its address in this form. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

export class Networks {
  readonly #list = new BlockList()

  /** Of texts that the contract has checked. */
  constructor(networks: readonly string[]) {
    for (const text of networks) {
      const network = parseNetwork(text)
      if (network !== undefined) this.#list.addSubnet(network.address, network.bits, network.family)
    }
  }

  has(address: string): boolean {
    const [, mapped = address] = MAPPED.exec(address) ?? []
    const version = isIP(mapped)
    return version !== 0 && this.#list.check(mapped, version === 4 ? 'ipv4' : 'ipv6')
  }
}
