import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fetchPin } from '../../bootstrap/fetch.js'
import { Workspace } from '../workspace.ts'

const name = 'planted-tool'
const version = '1.2.3'

let workspace: Workspace
let registry: Server
let address: string
let tarball: Buffer
let cache: string

beforeEach(async () => {
  workspace = new Workspace()
  cache = mkdtempSync(join(tmpdir(), 'agner-npm-cache-'))
  workspace.write('package/package.json', JSON.stringify({ name, version }))
  workspace.write('package/tool', '#!/bin/sh\necho v1.2.3\n')
  execFileSync('tar', ['-czf', 'tool.tgz', 'package'], { cwd: workspace.root })
  tarball = readFileSync(join(workspace.root, 'tool.tgz'))
  registry = createServer((request, response) => {
    if (request.url?.endsWith('.tgz')) return void response.end(tarball)
    // The registry vouches for what it sends: the pin alone may judge it.
    const dist = { tarball: `${address}/${name}.tgz`, integrity: hash(tarball) }
    const manifest = { name, 'dist-tags': { latest: version }, versions: { [version]: { name, version, dist } } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify(manifest))
  })
  await new Promise<void>((resolve) => registry.listen(0, '127.0.0.1', resolve))
  address = `http://127.0.0.1:${(registry.address() as AddressInfo).port}`
})

afterEach(async () => {
  registry.closeAllConnections()
  await new Promise((resolve) => registry.close(resolve))
  await workspace[Symbol.asyncDispose]()
  rmSync(cache, { recursive: true, force: true })
})

const hash = (bytes: Uint8Array): string => `sha512-${createHash('sha512').update(bytes).digest('base64')}`

async function fetchTool(integrity: string): Promise<{ program: string; said: string[] }> {
  const said: string[] = []
  const folder = join(workspace.root, '.agner', 'tool')
  const bin = join(folder, 'node_modules', name)
  const env = {
    PATH: process.env.PATH,
    HOME: cache,
    npm_config_registry: address,
    npm_config_cache: cache,
    npm_config_dry_run: 'false',
  }
  const pin = { name, version, integrity, bin: '.' }
  await fetchPin({ label: 'Tool', pin, why: 'a test', folder, bin, env, say: (line: string) => said.push(line) })
  return { program: join(bin, 'tool'), said }
}

describe('a fetched tool', () => {
  it('is there, runs, and was announced', async () => {
    const { program, said } = await fetchTool(hash(tarball))
    expect(execFileSync(program, { encoding: 'utf8' })).toBe('v1.2.3\n')
    expect(said[0]).toBe('fetching Tool 1.2.3 (planted-tool from the npm registry; a test)')
    expect(said[1]).toMatch(/^fetched Tool 1\.2\.3 in [\d.]+ s$/)
  })

  it('is refused when its hash is not the pinned one, and nothing of it stays', async () => {
    await expect(fetchTool(hash(Buffer.from('something else')))).rejects.toThrow(
      /^refused Tool 1\.2\.3: .*its hash differs/,
    )
    expect(existsSync(join(workspace.root, '.agner', 'tool'))).toBe(false)
    expect(readdirSync(join(workspace.root, '.agner'))).toEqual([])
  })

  it('that cannot be had gives one line with npm’s reason and the way out', async () => {
    registry.removeAllListeners('request').on('request', (_, response) => void response.writeHead(404).end())
    await expect(fetchTool(hash(tarball))).rejects.toThrow(
      /^could not fetch Tool 1\.2\.3: npm error .*404.*nothing is fetched$/,
    )
  })
})
