#!/usr/bin/env node
// In this repository only; what is published is dist/main.js.
const inRepository = new URL('../../../tooling/bootstrap/agner.js', import.meta.url)
await import(inRepository)
