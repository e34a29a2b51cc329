/** Puts a fault into the sources as they are loaded; the files stay as they are. */
import { registerHooks } from 'node:module'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { plants, type PlantName } from './plants.ts'

/** Must be called before the file is loaded. @throws when there is no such plant, or the sources have become others. */
export function plant(name: string): void {
  if (!Object.hasOwn(plants, name)) throw new RangeError(`There is no plant ${name}: ${Object.keys(plants).join(', ')}`)
  const { file, from, to } = plants[name as PlantName]
  const path = fileURLToPath(new URL(`../../packages/${file}`, import.meta.url))
  if (readFileSync(path, 'utf8').split(from).length !== 2)
    throw new Error(`the fault ${name} has no place: ${file} does not have this exactly once: ${from}`)
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context)
      if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
      return { ...loaded, source: readFileSync(path, 'utf8').replace(from, () => to) }
    },
  })
}
