/**
 * What a client uses, as an entry of the build that nobody imports.
 *
 * The build puts code of several entries into chunks of their own, and `index.js` only says which chunk has what. A
 * bundler leaves out a chunk that it needs nothing of (`sideEffects: false` counts by file): so a client comes without
 * the servers.
 */
export { call, cast, info } from '../protocol/client.ts'
export { protocol } from '../protocol/protocol.ts'
