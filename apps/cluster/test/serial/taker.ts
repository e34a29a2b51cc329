/**
 * A node as far as public-port.test.ts needs one: an OS process of its own that answers every connection it is given with its OS pid, and accepts none itself.
 */
import { Server, type Socket } from 'node:net'

process.on('message', (_, handle) => {
  if (handle instanceof Server) handle.close()
  else if (handle !== undefined) (handle as Socket).end(String(process.pid))
})
process.send?.('ready')
