/**
 * What was typed, and where nodes and cookies are found.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, createCertificate, tcp } from '@agner/distribution'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { chooseNode } from '../src/settings/choose-node.ts'
import { clusterSettings } from '../src/settings/cluster.ts'
import { parseCommand } from '../src/settings/command.ts'

const nowhere = { cluster: null, cookieFile: null, portMapper: null }

function failure(run: () => unknown): { readonly code: string; readonly message: string } {
  try {
    run()
  } catch (error) {
    return error as never
  }
  throw new Error('It was expected to throw.')
}

describe('the command line', () => {
  test('says what is to be shown', () => {
    expect(parseCommand(['top', 'http1', '--sort', 'memory', '--json', '--count', '5', '--process', 'till'])).toEqual({
      command: 'top',
      node: 'http1',
      by: 'memory',
      output: 'json',
      intervalMs: 1000,
      process: 'till',
      count: 5,
      where: nowhere,
    })
    expect(parseCommand(['top', '--interval', '250'])).toMatchObject({ node: null, output: 'screen', intervalMs: 250 })
    expect(parseCommand(['top', '--once'])).toMatchObject({ output: 'text' })
    expect(parseCommand(['nodes', '--port-mapper', '5'])).toMatchObject({ where: { portMapper: '5' } })
    expect(parseCommand([])).toEqual({ command: 'help' })
    expect(parseCommand(['top', '-h'])).toEqual({ command: 'help' })
    expect(parseCommand(['--version'])).toEqual({ command: 'version' })
  })

  test.each([
    [['tap'], 'no command tap'],
    [['nodes', 'a'], 'no command nodes a'],
    [['top', 'a', 'b'], 'One node at a time'],
    [['top', '--sort', 'beauty'], 'mailbox, reductions, memory'],
    [['top', '--interval', '5'], 'from 100 to 60000'],
    [['top', '--count', 'x'], 'from 1 to 1000'],
    [['top', '--process', 'a'], '--once or --json'],
    [['top', '--cookie', 'x'], 'Unknown option'],
    [['top', '--days', '3'], '--days is no option of top. It has --sort,'],
    [['nodes', '--once'], '--once is no option of nodes'],
    [['certificates', 'a@h', '--cluster', 'x'], '--cluster is no option of certificates'],
    [['top', ''], 'is empty'],
  ])('%j is refused, and it says why', (args, why) => {
    expect(failure(() => parseCommand(args))).toMatchObject({
      code: 'cli.usage',
      message: expect.stringContaining(why),
    })
  })
})

describe('the cookie and the port mapper', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agner-cli-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const write = (path: string, text: string): void => writeFileSync(join(folder, path), text)
  const find = (where = {}, environment: Record<string, string> = {}) =>
    clusterSettings({ ...nowhere, ...where }, environment, folder)

  test('come from a cluster file, here or in .data, or where it is said to be', () => {
    expect(find()).toMatchObject({ cookie: null, portMapper: { host: '127.0.0.1', port: 4370 } })
    expect(find().lookedFor).toHaveLength(2)
    mkdirSync(join(folder, '.data'))
    write('.data/agner-cluster.json', '{"portMapper":"127.0.0.1:5000","cookieFile":"cookie"}')
    write('.data/cookie', 'a secret\n')
    const found = {
      cookie: { secret: 'a secret', from: join(folder, '.data/cookie') },
      portMapper: { host: '127.0.0.1', port: 5000 },
    }
    expect(find()).toMatchObject(found)
    for (const cluster of ['.data', '.data/agner-cluster.json']) {
      expect(find({ cluster })).toMatchObject(found)
      expect(find({}, { AGNER_CLUSTER: cluster })).toMatchObject(found)
    }
    write('agner-cluster.json', '{"portMapper":"[::1]:6000","forOthers":7}')
    expect(find()).toMatchObject({ cookie: null, portMapper: { host: '::1', port: 6000 } })
  })

  test('are not told by a variable that is set and empty, and the file may begin with a byte order mark', () => {
    write('agner-cluster.json', '\ufeff{"portMapper":"5000"}')
    expect(find({}, { AGNER_CLUSTER: '', AGNER_PORT_MAPPER: '', AGNER_COOKIE: '' })).toMatchObject({
      cookie: null,
      portMapper: { host: '127.0.0.1', port: 5000 },
    })
  })

  test('come from options before the environment, and from there before the file', () => {
    write('agner-cluster.json', '{"portMapper":"5000","cookieFile":"cookie"}')
    write('cookie', 'of the file')
    write('other', 'of the option')
    const environment = { AGNER_COOKIE: 'of the environment', AGNER_PORT_MAPPER: '10.0.0.1:7000' }
    expect(find({}, environment)).toMatchObject({
      cookie: { secret: 'of the environment', from: 'AGNER_COOKIE' },
      portMapper: { host: '10.0.0.1', port: 7000 },
    })
    expect(find({ cookieFile: 'other', portMapper: '8000' }, environment)).toMatchObject({
      cookie: { secret: 'of the option' },
      portMapper: { host: '127.0.0.1', port: 8000 },
    })
  })

  test('in a file that cannot be used are an error with its path, and never the secret', () => {
    const bad = (text: string): string => {
      write('agner-cluster.json', text)
      const { code, message } = failure(() => find())
      expect(code).toBe('cli.bad_file')
      return message
    }
    expect(bad('{')).toContain('it is no JSON')
    expect(bad('7')).toContain('no object')
    expect(bad('{"cookieFile":5}')).toContain('cookieFile is no string')
    expect(bad('{"cookieFile":"none"}')).toContain('ENOENT')
    write('empty', ' \n')
    expect(bad('{"cookieFile":"empty"}')).toContain('should hold a cookie')
    expect(failure(() => find({ cluster: 'none.json' })).code).toBe('cli.bad_file')
    for (const portMapper of ['x', '1:2:3', '70000', ''])
      expect(failure(() => find({ portMapper, cluster: 'agner-cluster.json', cookieFile: 'other' })).code).toMatch(
        /^cli/,
      )
  })
})

describe('how the nodes are spoken to', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agner-cli-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))
  const network = (told: object) => {
    writeFileSync(join(folder, 'agner-cluster.json'), JSON.stringify(told))
    return clusterSettings(nowhere, {}, folder).network
  }

  test('is TCP, or what the cluster file says, with paths beside it', () => {
    expect(network({})).toBe(tcp)
    const authority = createAuthority()
    const { cert, key } = createCertificate(authority, 'operator@127.0.0.1')
    for (const [file, text] of Object.entries({
      'a.crt': cert,
      'a.key': key,
      'ca.crt': authority.cert,
      'ca.key': authority.key,
    }))
      writeFileSync(join(folder, file), text)
    expect(network({ cert: 'a.crt', key: 'a.key', ca: 'ca.crt' })).toHaveProperty('update')
    expect(network({ unix: 'sockets' })).not.toHaveProperty('update')
    expect(failure(() => network({ cert: 'a.crt', key: 'a.key' })).message).toContain('all of cert, key and ca')
    expect(failure(() => network({ cert: 'a.crt', key: 'ca.key', ca: 'ca.crt' })).message).toContain('TLS: ')
    expect(failure(() => network({ cert: 'none', key: 'a.key', ca: 'ca.crt' })).message).toContain('ENOENT')
  })
})

describe('the node that is meant', () => {
  const names = ['db1@h', 'db2@h', 'http1@h', 'http10@h']
  test('is named wholly, by the part before the @, or by a beginning that is no other one', () => {
    expect(chooseNode('db1@h', names)).toBe('db1@h')
    expect(chooseNode('http1', names)).toBe('http1@h')
    expect(chooseNode('http10', names)).toBe('http10@h')
    expect(chooseNode('db2', names)).toBe('db2@h')
    expect(chooseNode(null, ['only@h'])).toBe('only@h')
  })

  test('by its whole name is no other whose name goes on', () => {
    const others = ['shop@127.0.0.10', 'shop@127.0.0.11']
    expect(failure(() => chooseNode('shop@127.0.0.1', others)).code).toBe('cli.no_node')
    expect(failure(() => chooseNode('shop@127.0.0.1', others.slice(1))).code).toBe('cli.no_node')
    expect(chooseNode('sho', others.slice(1))).toBe('shop@127.0.0.11')
  })

  test('or it is said who is there', () => {
    expect(failure(() => chooseNode('db', names)).message).toContain('It could be one of: db1@h, db2@h.')
    expect(failure(() => chooseNode('x', names)).message).toContain('The port mapper knows: db1@h, db2@h, http1@h')
    expect(failure(() => chooseNode(null, names))).toMatchObject({ code: 'cli.which_node' })
    expect(failure(() => chooseNode(null, [])).message).toContain('knows of none')
  })
})
