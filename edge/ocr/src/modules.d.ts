/* What is used of packages that are on a computer only after `npm run ocr -- install`, so that the types check without them. */

declare module "@gutenye/ocr-node" {
  interface Line {
    readonly text: string;
    readonly mean: number;
    readonly box?: readonly (readonly number[])[];
  }

  class Ocr {
    static create(): Promise<Ocr>;
    /** sharp reads the picture, which takes bytes as well as a path. */
    detect(image: string | Uint8Array): Promise<readonly Line[]>;
  }
  export = Ocr;
}

declare module "sharp" {
  interface Area {
    readonly left: number;
    readonly top: number;
    readonly width: number;
    readonly height: number;
  }

  interface Sharp {
    metadata(): Promise<{ width?: number; height?: number }>;
    extract(area: Area): Sharp;
    resize(size: { width?: number; height?: number; withoutEnlargement?: boolean; kernel?: string }): Sharp;
    composite(layers: readonly { input: Buffer; blend?: string; left?: number; top?: number }[]): Sharp;
    blur(sigma: number): Sharp;
    linear(factor: number, offset: number): Sharp;
    jpeg(options: { quality: number }): Sharp;
    png(options?: { compressionLevel?: number }): Sharp;
    toBuffer(): Promise<Buffer>;
  }

  function sharp(
    input: Uint8Array,
    options?: {
      limitInputPixels?: number;
      failOn?: "error";
      raw?: { width: number; height: number; channels: 1 | 3 | 4 };
    },
  ): Sharp;
  export = sharp;
}

declare module "opentype.js" {
  /** `toPathData` of 2.0.0 writes NaN for some numbers, so the commands are used. */
  interface Path {
    readonly commands: readonly Readonly<Record<string, string | number>>[];
  }

  interface Glyph {
    /** In units of the font. */
    readonly advanceWidth: number;
    getPath(x: number, y: number, fontSize: number): Path;
  }

  interface Font {
    readonly unitsPerEm: number;
    charToGlyph(sign: string): Glyph;
  }

  const opentype: { parse(bytes: ArrayBuffer): Font };
  export = opentype;
}
