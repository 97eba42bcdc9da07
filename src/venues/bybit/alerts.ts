/** Something that a person should look at. */
export interface Alert {
  readonly code: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}
