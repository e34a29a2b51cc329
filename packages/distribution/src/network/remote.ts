/**
 * Where the other end of a connection is, as text: `host:port`, or the path of a socket.
 */

/** Who is there, without the port, which is another one each time. */
export function withoutPort(remote: string): string {
  return remote.replace(/:\d+$/, '')
}
