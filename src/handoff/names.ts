/** The name a parameter has in a file: `vwapDurationSecs` is `vwap_duration_secs`. Undone exactly by {@link camelCase}. */
export function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** The name a parameter has in code: `vwap_duration_secs` is `vwapDurationSecs`. An underscore before a digit stays, so that no two names meet. */
export function camelCase(name: string): string {
  return name.replaceAll(/(?<=.)_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
