/** A hashbang, legal at the start of a file, is not so behind what is put before a cell: it becomes a comment of the same length. */
export const withoutHashbang = (source: string): string => source.replace(/^#!/, "//");
