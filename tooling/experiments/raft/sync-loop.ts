/** `sync-loop.ts FOLDER BYTES MS`: what one process can sync; the answer is JSON on stdout. */
import { syncSpeed } from '../disk.ts'

const [folder = '', bytes = '0', ms = '0'] = process.argv.slice(2)
process.stdout.write(JSON.stringify(syncSpeed(folder, Number(bytes), Number(ms))))
