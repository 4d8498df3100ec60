import { confusableKey } from "@gatehouse/shared/domain/plate/normalise.ts";
import { seededRandom } from "@gatehouse/shared/kit/random.ts";
import { describe, expect, it } from "vitest";
import { CERTAIN_EYE, look } from "./camera-eye.ts";

const always = (fault: object) => ({ ...CERTAIN_EYE, ...fault });

describe("a camera's eye", () => {
  it("reads letters and digits alone, and is sure of them", () => {
    const sighting = look("MÜ-AB 1234", CERTAIN_EYE, seededRandom(1));
    expect(sighting.text).toBe("MÜAB1234");
    expect(sighting.confidence).toBeGreaterThanOrEqual(0.9);
    expect(sighting.confidence).toBeLessThan(1);
  });

  it("finds nothing on a vehicle without a plate", () => {
    expect(look(null, CERTAIN_EYE, seededRandom(1)).text).toBeNull();
    expect(look("B-AB 1", always({ plateMissed: 1 }), seededRandom(1)).text).toBeNull();
  });

  it.each(["B-AB 1234", "KR 4679X", "C-EE 7", "Q-XX 7"])(
    "misreads %s by one look-alike, without being sure",
    (painted) => {
      for (let seed = 0; seed < 50; seed++) {
        const { text, confidence } = look(painted, always({ misreadUnsure: 1 }), seededRandom(seed));
        const plain = painted.replace(/[^A-Z0-9]/g, "");
        expect(text).not.toBe(plain);
        expect(text).toHaveLength(plain.length);
        expect(confusableKey(text ?? "")).toBe(confusableKey(plain));
        expect(confidence).toBeLessThan(0.5);
      }
    },
  );
});
