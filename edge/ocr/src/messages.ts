/** Part of a picture, each side as a share of its width or height, 0 to 1. */
export interface Crop {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export interface Question {
  readonly id: number;
  readonly jpeg: Uint8Array;
  readonly crop: Crop | null;
}

export interface FoundText {
  readonly text: string;
  readonly confidence: number;
  /** Pixels of the part that was looked at. */
  readonly box: { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number };
}

export type Answer =
  | { readonly id: number; readonly lines: readonly FoundText[] }
  /** The picture can't be read; the process goes on. */
  | { readonly id: number; readonly error: string };

/** Sent once, when the models are loaded. */
export const READY = "ready";
