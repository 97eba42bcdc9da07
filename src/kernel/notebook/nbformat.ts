/** A bundle of MIME types as it lies in a notebook file: text as lines, JSON types as values. */
export type NotebookBundle = Record<string, unknown>;

/** An output as it lies in a notebook file. */
export type NotebookOutput =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: string }
  | { output_type: "display_data"; data: NotebookBundle; metadata: Record<string, unknown> }
  | { output_type: "execute_result"; execution_count: number | null; data: NotebookBundle; metadata: Record<string, unknown> }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

interface CellBase {
  id: string;
  metadata: Record<string, unknown>;
  source: string;
}

export interface CodeCell extends CellBase {
  cell_type: "code";
  execution_count: number | null;
  outputs: NotebookOutput[];
}

export interface TextCell extends CellBase {
  cell_type: "markdown" | "raw";
  attachments?: Record<string, Record<string, unknown>>;
}

export type NotebookCell = CodeCell | TextCell;

/** A notebook of nbformat 4, as 4.5: every cell has an id; multi-line text is one string here and an array of lines in the file. */
export interface Notebook {
  nbformat: 4;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: NotebookCell[];
}

/** The kernelspec and language of notebooks we execute. */
export const KERNEL_METADATA: Readonly<Record<string, unknown>> = {
  kernelspec: { display_name: "TypeScript (Tesserlab)", language: "typescript", name: "tesserlab" },
  language_info: {
    codemirror_mode: "typescript",
    file_extension: ".ts",
    mimetype: "text/x.typescript",
    name: "typescript",
    version: "7.0",
  },
};

/** Tags of a cell, as front ends let users set them. */
export function tagsOf(cell: NotebookCell): readonly string[] {
  const tags = cell.metadata.tags;
  return Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [];
}

/** Whether a MIME type holds JSON, which a notebook keeps as a value rather than as text. */
export const isJsonMime = (mime: string): boolean => /^application\/(.*\+)?json$/.test(mime);
