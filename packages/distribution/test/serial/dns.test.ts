/** The system's resolver against a DNS server of our own, over UDP. */
import { createSocket, type Socket } from 'node:dgram'
import { realRuntime } from '@agner/core'
import { afterEach, describe, expect, it } from 'vitest'
import { dnsDiscovery, type Discovery, type DnsOptions } from '../../src/index.ts'

const types = { 1: 'A', 28: 'AAAA', 33: 'SRV' } as Readonly<Record<number, string>>
let server: Socket
const started: Discovery[] = []

afterEach(async () => {
  for (const discovery of started.splice(0)) await discovery.stop?.()
  server.close()
})

function nameBytes(name: string): Buffer {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.of(0),
  ])
}

/** Answers `TYPE name` with these record contents; without an entry there is no such name. Null: never. */
async function serve(zone: Record<string, readonly Buffer[] | null>): Promise<string> {
  server = createSocket('udp4')
  server.on('message', (query, from) => {
    let at = 12
    const labels: string[] = []
    for (let length = query[at]!; length > 0; length = query[at]!) {
      labels.push(query.subarray(at + 1, at + 1 + length).toString())
      at += 1 + length
    }
    const type = query.readUInt16BE(at + 1)
    const answers = zone[`${types[type]} ${labels.join('.')}`]
    if (answers === null) return
    const header = Buffer.from(query.subarray(0, 12))
    header.writeUInt16BE(answers === undefined ? 0x8183 : 0x8180, 2)
    header.writeUInt16BE(answers?.length ?? 0, 6)
    header.writeUInt16BE(0, 10)
    const records = (answers ?? []).map((content) => {
      const head = Buffer.alloc(12)
      head.writeUInt16BE(0xc00c, 0)
      head.writeUInt16BE(type, 2)
      head.writeUInt16BE(1, 4)
      head.writeUInt32BE(5, 6)
      head.writeUInt16BE(content.length, 10)
      return Buffer.concat([head, content])
    })
    server.send(Buffer.concat([header, query.subarray(12, at + 5), ...records]), from.port, from.address)
  })
  await new Promise<void>((resolve) => server.bind(0, '127.0.0.1', resolve))
  return `127.0.0.1:${server.address().port}`
}

async function found(options: DnsOptions) {
  const discovery = dnsDiscovery(options)
  started.push(discovery)
  const logged: string[] = []
  const log = (_level: string, _code: string, text: string) => void logged.push(text)
  await discovery.start!({ name: 'own@h', listening: null, runtime: realRuntime, log, changed: () => {} })
  return { nodes: discovery.nodes!(), logged }
}

describe('the DNS servers of the system', () => {
  it('are asked for SRV records', async () => {
    const target = Buffer.concat([Buffer.from([0, 0, 0, 5, 0x11, 0x30]), nameBytes('chat-0.chat.local')])
    const at = await serve({ 'SRV _agner._tcp.chat.local': [target] })
    const { nodes } = await found({ srv: '_agner._tcp.chat.local', nodeName: 'chat', servers: [at] })
    expect(nodes).toEqual(['chat@chat-0.chat.local'])
  })

  it('are asked for addresses, of both kinds', async () => {
    const six = Buffer.from('fd000000000000000000000000000001', 'hex')
    const at = await serve({
      'A chat.local': [Buffer.of(10, 0, 0, 5), Buffer.of(10, 0, 0, 6)],
      'AAAA chat.local': [six],
    })
    const { nodes } = await found({ host: 'chat.local', port: 4400, nodeName: 'chat', servers: [at] })
    expect(nodes).toEqual(['chat@10.0.0.5', 'chat@10.0.0.6', 'chat@fd00::1'])
  })

  it('may know of nobody, or not answer', async () => {
    const at = await serve({ 'A quiet.local': null, 'AAAA quiet.local': null })
    expect(await found({ host: 'none.local', port: 1, nodeName: 'chat', servers: [at] })).toEqual({
      nodes: [],
      logged: [],
    })
    const { nodes, logged } = await found({
      host: 'quiet.local',
      port: 1,
      nodeName: 'chat',
      servers: [at],
      timeoutMs: 300,
    })
    expect(nodes).toEqual([])
    expect(logged.length).toBe(2)
  })
})
