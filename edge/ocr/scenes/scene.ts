import type { Random } from "@gatehouse/shared/kit/random.ts";
import { pick, randomInt } from "@gatehouse/shared/kit/random.ts";
import sharp from "sharp";
import { letters, PLATE_FONTS, type PlateFont } from "./plate-font.ts";

/** A picture of a lane as a camera of the lot would take it, with the plate that stands in it. */
export interface Scene {
  readonly plate: string;
  readonly layout: string;
  readonly conditions: Conditions;
  readonly jpeg: Buffer;
}

export interface Conditions {
  readonly font: PlateFont;
  /** Turn and shear in degrees: the camera stands beside and above the lane. */
  readonly angle: number;
  readonly shear: number;
  /** Radius of the blur in pixels: focus, motion, rain on the glass. */
  readonly blur: number;
  readonly night: boolean;
}

const WIDTH = 1_280;
const HEIGHT = 720;
/** Part of the picture where plates stand when the vehicle covers the loop; what a site file would give as crop. */
export const LANE_CROP = { left: 0.2, top: 0.35, width: 0.6, height: 0.5 };
/** Letters and digits: German, French, British, Dutch, Spanish, Italian forms. */
const LAYOUTS = ["AAA9999", "AA999AA", "AA99AAA", "A999AA", "9999AAA", "AA999A"] as const;
const LETTERS = "ABCDEFGHJKLMNOPRSTUVWXYZ";
const GRAIN = 24;

/** Draws a scene; the same chance gives the same picture. */
export async function drawScene(random: Random): Promise<Scene> {
  const layout = pick(random, LAYOUTS);
  const plate = [...layout]
    .map((sign) => (sign === "9" ? String(randomInt(random, 0, 9)) : pick(random, [...LETTERS])))
    .join("");
  const conditions: Conditions = {
    font: pick(random, PLATE_FONTS),
    angle: randomInt(random, -7, 7),
    shear: randomInt(random, -12, 12),
    blur: pick(random, [0, 0, 0.6, 1, 1.6, 2.2]),
    night: random.next() < 0.4,
  };
  return {
    plate,
    layout,
    conditions,
    jpeg: await photograph(vehicle(grouped(plate), conditions, random), conditions, random),
  };
}

/** Plates are written in groups: letters and digits apart. */
function grouped(plate: string): string {
  return plate.replace(/(?<=[A-Z])(?=\d)|(?<=\d)(?=[A-Z])/g, " ");
}

/** The front of a vehicle with lamps, grille and plate before a lane's ground. */
function vehicle(text: string, { font, angle, shear, night }: Conditions, random: Random): string {
  const size = randomInt(random, 44, 72);
  const { path, width } = letters(text, font, size);
  const [x, y] = [randomInt(random, 560, 720), randomInt(random, 440, 520)];
  const body = night ? "#14161a" : pick(random, ["#8a9099", "#b6b9bd", "#31435f", "#7d2b2b", "#dcdcd8"]);
  const ground = night ? "#08090b" : "#6f7069";
  const lamp = night ? "#fffbe8" : "#e9ecef";
  const face = night ? "#d7d9d2" : pick(random, ["#ffffff", "#f7d11e", "#fdfdfb"]);
  const slats = Array.from(
    { length: 5 },
    (_, nth) => `<rect x="440" y="${330 + nth * 14}" width="400" height="6" fill="#1d1f22"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
    <rect width="100%" height="100%" fill="${ground}"/>
    <rect x="240" y="90" width="800" height="520" rx="90" fill="${body}"/>
    <rect x="330" y="120" width="620" height="150" rx="40" fill="#0f1418" opacity="0.75"/>
    ${slats.join("")}
    <ellipse cx="330" cy="370" rx="70" ry="38" fill="${lamp}"/><ellipse cx="950" cy="370" rx="70" ry="38" fill="${lamp}"/>
    <g transform="translate(${x} ${y}) rotate(${angle}) skewX(${shear}) skewY(${shear / 3})">
      <rect x="${-width / 2 - 26}" y="${-size}" width="${width + 52}" height="${size * 1.35}" rx="7" fill="${face}" stroke="#111" stroke-width="3"/>
      <path transform="translate(${-width / 2} 0)" d="${path}" fill="#0b0b0d"/>
    </g>
  </svg>`;
}

/** Lens, light and sensor: blur, darkness with a hot spot of the lamps, grain, compression. */
async function photograph(svg: string, { blur, night }: Conditions, random: Random): Promise<Buffer> {
  const drawn = sharp(Buffer.from(svg)).composite([
    { input: grain(random, night ? GRAIN * 2 : GRAIN), blend: "overlay" },
  ]);
  const lit = sharp(await drawn.png({ compressionLevel: 1 }).toBuffer()).linear(night ? 0.55 : 1, night ? 4 : 0);
  const focused = blur > 0 ? lit.blur(blur + 0.3) : lit;
  return focused.jpeg({ quality: randomInt(random, 55, 85) }).toBuffer();
}

/** Noise as a small picture's worth of random squares: what a sensor adds at high gain. */
function grain(random: Random, strength: number): Buffer {
  const cells = Array.from({ length: 900 }, () => {
    const level = 128 + randomInt(random, -strength, strength);
    return `<rect x="${randomInt(random, 0, WIDTH)}" y="${randomInt(random, 0, HEIGHT)}" width="${randomInt(random, 2, 28)}" height="${randomInt(random, 2, 10)}" fill="rgb(${level},${level},${level})" opacity="0.5"/>`;
  });
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}"><rect width="100%" height="100%" fill="#808080"/>${cells.join("")}</svg>`,
  );
}
