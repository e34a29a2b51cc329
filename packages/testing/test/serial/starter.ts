/** Starts peers and is then ended in one way or another: `starter.ts LIFELINE free|held|stopped|starting`. Says `up`, if it comes to that. */
import { startPeer } from '../../src/index.ts'
import type Shop from './shop.ts'

const [lifeline = '', how = ''] = process.argv.slice(2)
const module = new URL('shop.ts', import.meta.url)
const args = { lifeline: Number(lifeline), ...(how === 'starting' ? { fault: 'holds' as const } : {}) }
const peer = await startPeer<typeof Shop>({ module, args, callTimeoutMs: Infinity })
if (how === 'held') void peer.call('hold', 600_000).catch(() => {})
if (how === 'stopped') peer.kill('SIGSTOP')
process.stdin.once('data', () => process.exit(0))
process.stdout.write('up\n')
