/** What a notebook run reports while it goes on. */
export type RunEvent =
  | { readonly type: "start"; readonly notebook: string; readonly cells: number }
  | { readonly type: "cell"; readonly index: number; readonly cells: number; readonly source: string }
  | {
      readonly type: "cell-done";
      readonly index: number;
      readonly cells: number;
      readonly source: string;
      readonly ms: number;
      readonly ok: boolean;
    }
  | { readonly type: "done"; readonly ok: boolean; readonly ms: number; readonly out: string };
