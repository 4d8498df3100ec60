import type { HttpPayload } from "./sighted.ts";

export interface FormPart {
  readonly field: string;
  readonly fileName?: string;
  readonly contentType?: string;
  readonly content: Buffer;
}

/** A `multipart/form-data` body as cameras write it, each file with its Content-Length. */
export function formPayload(parts: readonly FormPart[], boundary: string): HttpPayload {
  const chunks = parts.flatMap(({ field, fileName, contentType, content }) => {
    const disposition = `Content-Disposition: form-data; name="${field}"${fileName === undefined ? "" : `; filename="${fileName}"`}`;
    const type =
      contentType === undefined ? "" : `Content-Type: ${contentType}\r\nContent-Length: ${content.length}\r\n`;
    return [Buffer.from(`--${boundary}\r\n${disposition}\r\n${type}\r\n`), content, Buffer.from("\r\n")];
  });
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
