/** What is asked of DNS. */

export interface SrvRecord {
  /** The target: a host. */
  readonly name: string
  readonly port: number
  readonly priority: number
  readonly weight: number
}

/**
 * Answers questions about full names. A rejection whose `code` is `ENOTFOUND` or `ENODATA` says that there are no such
 * records; any other, that nobody knows at the moment.
 */
export interface DnsResolver {
  srv(name: string): Promise<readonly SrvRecord[]>
  addresses(name: string, family: 4 | 6): Promise<readonly string[]>
}
