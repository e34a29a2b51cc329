/** Exports nothing yet: see README.md for what will stand here. */
export {}
