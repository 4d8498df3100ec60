/*
 * ar(5) in its common form, which is what deb(5) is: a magic line, then for each member a header of 60 characters and the
 * content, filled up to an even length.
 */

const MAGIC = "!<arch>\n";

export interface ArMember {
  /** At most 16 characters. */
  readonly name: string;
  readonly content: Buffer;
}

/** The archive; `atS` is the time of every member, seconds since 1970. */
export function arArchive(members: readonly ArMember[], atS: number): Buffer {
  const parts = members.flatMap(({ name, content }) => {
    const fields = [name.padEnd(16), String(atS).padEnd(12), "0".padEnd(6), "0".padEnd(6), "100644".padEnd(8)];
    const header = `${fields.join("")}${String(content.length).padEnd(10)}\`\n`;
    if (header.length !== 60) throw new RangeError(`${name} is too long a name or too large for ar.`);
    return [Buffer.from(header), content, Buffer.from(content.length % 2 === 0 ? "" : "\n")];
  });
  return Buffer.concat([Buffer.from(MAGIC), ...parts]);
}
