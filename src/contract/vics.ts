// VICS, the exchange format of forensic tools (Project VIC): the names that its documents begin with.

const MODEL = 'http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml'

/** The context of a VICS 2.0 document. Its path element names the scheme of the categories: `US`, `Default`. */
export const vicsContext = (scheme: string, of: 'Media' | 'Cases'): string =>
  `${MODEL}/${scheme}/$metadata#${of}`
