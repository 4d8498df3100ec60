import { ok, type Result } from "@gatehouse/shared/kit/result.ts";
import { type X2jOptions, XMLParser, XMLValidator } from "fast-xml-parser";
import type { ParseFailure } from "../../ports/camera/camera-read.ts";
import { failure } from "./fields.ts";

/** Largest XML of one event, in characters; it holds no pictures. */
const MAX_XML_TEXT = 262_144;
/** Longest text of the XML parser that is passed on. */
const MESSAGE_MAX = 120;

/** Reads a document as plain objects. */
export type ReadXml = (text: string) => Result<unknown, ParseFailure>;

/** Never throws, expands no entities, drops namespaces and prefixes, refuses document types. */
export function xmlReader(options: X2jOptions): ReadXml {
  const parser = new XMLParser({ ...options, removeNSPrefix: true, parseTagValue: false, processEntities: false });
  return (text) => {
    if (text.length > MAX_XML_TEXT) return failure("too_large", `The XML is larger than ${MAX_XML_TEXT} characters.`);
    if (/<!DOCTYPE|<!ENTITY/i.test(text))
      return failure("broken_xml", "The XML has a document type, which is not accepted.");
    try {
      const valid = XMLValidator.validate(text.trimStart());
      if (valid === true) return ok(parser.parse(text));
      // The validator quotes every tag that was left open.
      const found = valid.err.msg.replace(/\s+/g, " ").slice(0, MESSAGE_MAX);
      return failure("broken_xml", `The XML is not well-formed at line ${valid.err.line}: ${found}`);
    } catch {
      return failure("broken_xml", "The XML can't be read: it is nested too deep, or no XML.");
    }
  };
}
