/**
 * A node of the launcher's tests: nothing but its part of what the launcher and the nodes say to each other (`src/launcher/ipc.ts`). A file called BROKEN in the
 * data folder makes the node that it names end at its start. An http node answers anything with a cluster that is whole.
 */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { fromEnvironment, isToNode } from '../../src/launcher/ipc.ts'
import { groups, groupsOf, nodes } from '../../src/topology.ts'

const { name, dataFolder } = fromEnvironment(process.env)
if (brokenName() === name) process.exit(1)

const whole = JSON.stringify({
  nodes: nodes.map((node) => ({
    name: node.name,
    up: true,
    connections: groupsOf(node.name).flatMap((group) => groups[group]),
  })),
})
const server = createServer((_, answer) => void answer.setHeader('connection', 'close').end(whole))
process.on('message', (message, handle) => {
  if (!isToNode(message)) return
  if (message.type === 'stop') process.exit(0)
  if (message.type === 'listener') server.listen(handle)
  else server.emit('connection', handle)
})
process.on('disconnect', () => process.exit(0))
process.send!({ type: 'ready' })

function brokenName(): string | null {
  try {
    return readFileSync(join(dataFolder, 'BROKEN'), 'utf8')
  } catch {
    return null
  }
}
