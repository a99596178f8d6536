/** What a unique device identifier says. */

/** The kind `udi` of canonical/fields.ts: the carrier as scanned, and what could be read from it. Absent parts are left out. */
export interface Udi {
  readonly carrier: string
  readonly issuer?: Issuer
  /** Device identifier: a GTIN as 14 digits, a HIBCC primary without its `+`, an ISBT 128 product. */
  readonly di?: string
  /** As printed: case and leading zeros kept. */
  readonly lot?: string
  readonly serial?: string
  /** `YYYY-MM-DD`. */
  readonly expiry?: string
  readonly made?: string
  /** What is wrong with it; it is used all the same. No values. */
  readonly problems?: readonly string[]
}

export type Issuer = 'GS1' | 'HIBCC' | 'ICCBBA'

/** While reading. */
export interface Draft {
  issuer?: Issuer
  di?: string
  lot?: string
  serial?: string
  expiry?: string
  made?: string
  readonly problems: string[]
}
