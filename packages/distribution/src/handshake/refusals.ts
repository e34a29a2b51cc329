/**
 * What a refusal means, in one line for the log of either side: what happened, and what to do.
 */
import type { Notice } from '@agner/core'
import type { Refused } from '../connection/channel.ts'
import { withoutPort } from '../network/remote.ts'

export interface Explanation {
  readonly level: Notice['level']
  readonly text: string
}

/** `wanted` is whom this side dialled, or null when it was dialled. `remote` is `host:port`. */
export function explainRefusal(
  { by, code, peer, detail }: Refused,
  self: string,
  wanted: string | null,
  remote: string,
): Explanation {
  const host = withoutPort(remote)
  // Only the first is proven by whom we dialled; the second is what a stranger calls himself.
  const other = wanted ?? (peer === null ? `somebody at ${host}` : `${peer} (as it calls itself) at ${host}`)
  const byUs = by === 'self'
  switch (code) {
    case 'wrong_cookie':
      return {
        level: 'error',
        text: byUs
          ? `refused ${other}: it does not have the cookie of ${self}. Start both nodes with the same cookie, or give them one for each other with setCookie.`
          : `${other} refused this node: ${self} does not have its cookie. Start both nodes with the same cookie, or give them one for each other with setCookie.`,
      }
    case 'version':
      return {
        level: 'error',
        text: `${byUs ? `refused ${other}` : `${other} refused this node`}: no common protocol version (${detail}). Upgrade the older of the two nodes.`,
      }
    case 'capabilities':
      return {
        level: 'error',
        text: `${byUs ? `refused ${other}` : `${other} refused this node`}: one of the two lacks a capability that the other requires. Upgrade it.`,
      }
    case 'own_name':
      return {
        level: 'error',
        text: `${other} has the same name as this node, ${self}. Give one of the two another name.`,
      }
    case 'wrong_name':
      return {
        level: 'warning',
        text: byUs
          ? `${wanted === null ? `refused ${other}` : `what answers at ${remote} is not ${wanted}`}: ${detail === '' ? `it is ${peer ?? 'unknown'}` : detail}. The address of one of the two is out of date.`
          : `what answers at ${remote} is not ${other}. Its address is out of date.`,
      }
    case 'not_allowed':
      return {
        level: 'warning',
        text: byUs
          ? `refused ${other}: it is not among the nodes that ${self} allows. Add it with allow().`
          : `${other} refused this node: ${self} is not among those that it allows.`,
      }
    case 'certificate':
      return {
        level: 'error',
        text: byUs
          ? `refused ${other}: ${detail}.`
          : `${other} refused this node: it does not trust this node's certificate, or not for ${self}. Its own log says why.`,
      }
    case 'busy':
      return {
        level: 'warning',
        text: byUs
          ? `refused ${other}: too many connections or handshakes (limits.connections, limits.pendingHandshakes).`
          : `${other} refused this node: it is busy with too many connections.`,
      }
    case 'stopping':
      return {
        level: 'info',
        text: byUs ? `refused ${other}: this node is stopping.` : `${other} refused this node: it is stopping.`,
      }
    case 'malformed':
      return byUs
        ? {
            level: 'warning',
            text: `${other} does not speak this protocol: ${detail}. The connection was closed; nothing else happened.`,
          }
        : { level: 'error', text: `${other} did not understand this node.` }
    default:
      return {
        level: 'warning',
        text: `${byUs ? `refused ${other}` : `${other} refused this node`}${code === null ? ', for a reason that this version does not know' : `: ${code}`}.`,
      }
  }
}
