/**
 * How a certificate names a node: as the URI `agner://name@host` among its alternative names, or by its host as a DNS name
 * or IP address. Pure.
 */
import { isIP } from 'node:net'

/** `agner://name@host`, with what a URI cannot hold percent-encoded. */
export function uriOf(node: string): string {
  const at = node.indexOf('@')
  return `agner://${encodeURIComponent(node.slice(0, at))}@${encodeURIComponent(node.slice(at + 1))}`
}

/** The part of a node's name after the `@`, with no brackets around an IPv6 address. */
export function hostOf(node: string): string {
  return node.slice(node.indexOf('@') + 1).replace(/^\[(.*)\]$/, '$1')
}

export interface AlternativeName {
  /** `URI`, `DNS`, `IP Address`, … */
  readonly kind: string
  readonly value: string
}

/** Cuts `subjectAltName` of node:crypto: what could be misread in it is a quoted JSON string. */
export function alternativeNames(text: string | undefined): AlternativeName[] {
  const names: AlternativeName[] = []
  const form = /([^:,]+):(?:"((?:[^"\\]|\\.)*)"|([^,"]*))(?:, |$)/gy
  for (const [, kind = '', quoted, plain = ''] of (text ?? '').matchAll(form))
    names.push({ kind, value: quoted === undefined ? plain : (JSON.parse(`"${quoted}"`) as string) })
  return names
}

/** Whether `host` is what DNS can name in a certificate. */
export function isDnsName(host: string): boolean {
  return isIP(host) === 0 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i.test(host)
}
