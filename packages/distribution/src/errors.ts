/**
 * The errors of `@agner/distribution`, one registry.
 *
 * What a caller did wrong is thrown. What goes wrong with a peer or the network is logged as a notice with its code,
 * and costs at most that one connection.
 */
import { AgnerError, formatError } from '@agner/core'

const templates = {
  'distribution.no_cookie':
    'A node never takes part in a cluster without a cookie. Pass startDistribution(node, { cookie }): a secret of at least {min} characters, the same on every node. Make one with: node -p "crypto.randomBytes(24).toString(\'base64url\')"',
  'distribution.weak_cookie':
    'The cookie has {length} characters; at least {min} are needed, since whoever guesses it may run code on this node. Make one with: node -p "crypto.randomBytes(24).toString(\'base64url\')"',
  'distribution.bad_option': 'startDistribution: {option} must be {wanted}; got {value}.',
  'distribution.no_name':
    'The node has no name, so others could not find it. Give it one: createNode({ name: "chat1@127.0.0.1" }).',
  'distribution.bad_name':
    'A node cannot take part in a cluster as {name}: a name is name@host, without white space and control characters, and has at most 255 bytes.',
  'distribution.no_name_given':
    'The node {from} gave no name: {reason} Ask another one, or give the node a name of its own.',
  'distribution.name_lost':
    'The name {name} is not held any more: {reason}. The distribution of the node stops. Ask for another name, and make a node of that.',
  'distribution.name_taken':
    'Another live node on this host is called {name}. Give one of them another name, or stop it first.',
  'distribution.listen_failed': 'Cannot listen on {host}:{port}: {reason}. Choose another port (0 takes a free one).',
  'distribution.bad_credentials':
    'The credentials for TLS cannot be used ({what}): {reason}. Pass tls({ cert, key, ca }) as PEM; for development, make them with: npx agner certificates',
  'distribution.mapper_unreachable':
    'The port mapper at {host}:{port} cannot be used: {reason}. Something else may have the port: choose another with portMapper: { port }, or list the nodes with hosts and portMapper: false.',
  'distribution.stopped': 'The distribution of {node} is stopped.',
  'distribution.too_many_node_monitors':
    'More than {limit} monitors of nodes are open. End those that are not needed with monitorNode(process, name, false), or raise limits.nodeMonitors.',
  'distribution.frame_too_large':
    'A {op} of {bytes} bytes to {peer} is over the limit of {limit} bytes per frame and was not sent. Send it in parts, or raise limits.frameBytes on both nodes.',
  'distribution.message_too_large':
    'A {op} of {bytes} bytes to {peer} is over the limit of {limit} bytes per message and was not sent. Send it in parts, or raise limits.messageBytes on both nodes.',
  'distribution.object_too_large':
    'A {op} to {peer} was not sent: what it holds besides bytes takes over {limit} bytes, and to encode and decode so much at once would hold both nodes up. Send it as bytes (a Uint8Array is cut up and sent between other messages), in several messages, or as a stream; or raise limits.objectBytes.',
  'distribution.unencodable': 'A {op} to {peer} cannot be encoded and was not sent: {reason}.',
  'distribution.reason_dropped': 'An exit reason was too large to send; it began: {text}',
} as const

export type DistributionErrorCode = keyof typeof templates

export function distributionError(
  code: DistributionErrorCode,
  details: Readonly<Record<string, unknown>> = {},
): AgnerError {
  return new AgnerError(code, formatError(templates[code], details), details)
}
