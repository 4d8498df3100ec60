import { describe, expect, it } from "vitest";
import { redaction, withoutSecrets } from "./redact.ts";

describe("what leaves the lot", () => {
  it("has no secrets: passwords, tokens, logins in addresses, at any depth", () => {
    const site = {
      code: "mitte",
      cameras: [
        { id: "cam-1", secret: "hunter22hunter22", video: { url: "rtsp://admin:pw123@10.0.0.5/1", password: "pw" } },
      ],
      token: "t",
      api_key: "k",
      pin_digits: 4,
    };
    const text = JSON.stringify(withoutSecrets(site));
    for (const secret of ["hunter22", "pw123", '"pw"', '"t"', '"k"', "admin"]) expect(text).not.toContain(secret);
    expect(text).toContain("rtsp://removed@10.0.0.5/1");
    expect(text).toContain('"pin_digits":4');
  });

  it("has no password that stands in an address as a parameter", () => {
    const urls = [
      "rtsp://10.0.0.5/user=admin&password=pw123&channel=1",
      "https://calls.example/hook?lot=7&token=t0k3n",
    ];
    expect(withoutSecrets(urls)).toEqual([
      "rtsp://10.0.0.5/user=admin&password=removed&channel=1",
      "https://calls.example/hook?lot=7&token=removed",
    ]);
  });

  it("has nothing of a camera's message that was not understood, and no plate of a vehicle that is let through", () => {
    const { data } = redaction();
    const bundle = {
      rejected_reads: [{ code: "broken_xml", excerpt: "<plateNumber>HHAB77</plateNumber" }],
      state: { grants: [{ values: ["KXY4711", "T0ABC"] }] },
    };
    const clean = JSON.stringify(data(bundle));
    for (const personal of ["HHAB77", "KXY4711", "T0ABC"]) expect(clean).not.toContain(personal);
    expect(clean).toContain("removed, 32 characters");
  });

  it("has no plates, tickets or codes, and tells which vehicle is the same", () => {
    const { data, text } = redaction();
    const journal = [
      {
        kind: "lane.step",
        data: {
          event: {
            credential: {
              kind: "plate",
              value: "BAB1234",
              read: { raw: "b ab-1234", normalised: "BAB1234", matched: null },
            },
          },
        },
      },
      { kind: "lane.step", data: { event: { credential: { kind: "ticket", value: "T-7K2M-91" } } } },
      { plate: "BAB1234", plates: ["MXY99"], ticket: null },
    ];
    const clean = JSON.stringify(data(journal));
    for (const personal of ["BAB1234", "b ab-1234", "T-7K2M", "MXY99"]) expect(clean).not.toContain(personal);
    expect(clean.match(/plate-1/g)).toHaveLength(4);
    expect(text("read B-AB 1234 at lane in-1, and MXY99")).not.toMatch(/1234|MXY99/);
    expect(text("The desk works.")).toBe("The desk works.");
  });
});
