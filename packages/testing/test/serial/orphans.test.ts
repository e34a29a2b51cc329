/** No peer outlives the process that started it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const starter = fileURLToPath(new URL('starter.ts', import.meta.url))

it.each([
  ['is killed', 'free'],
  ['is killed', 'held'],
  ['is killed', 'starting'],
  ['exits', 'stopped'],
])('when its starter %s, a peer that is %s ends', async (end, how) => {
  // A connection of the peer ends with it: there is no more certain sign of a death.
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const connected = once(server, 'connection').then(([socket]) => (socket as Socket).on('error', () => {}))
  const child = spawn(
    process.execPath,
    ['--conditions=@agner/source', starter, String((server.address() as AddressInfo).port), how],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const peer = await connected
  // Held from the moment on in which it sends this.
  if (how === 'starting') await once(peer, 'data')
  else expect(String(await once(child.stdout, 'data'))).toBe('up\n')
  const ended = once(peer.resume(), 'close')
  if (end === 'exits') child.stdin.write('exit\n')
  else child.kill('SIGKILL')
  await ended
  server.close()
})
