/**
 * Encode and decode OSC packets.
 *
 * Numbers without a fraction go out as `i`, others as `f`; the instrument takes either for either.
 */

/** @typedef {number | string | boolean | null} Value */
/** @typedef {(address: string, values: Value[]) => void} Handler */

/** The largest packet that the instrument reads. */
const MAX_PACKET_BYTES = 16384;

const MAX_DEPTH = 4;
const BUNDLE = "#bundle";
const INT32 = 2 ** 31;

const buffer = new Uint8Array(MAX_PACKET_BYTES);
const view = new DataView(buffer.buffer);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Encode a message. The result is valid until the next call.
 *
 * @param {string} address
 * @param {ReadonlyArray<number | string>} values
 * @returns {Uint8Array}
 */
export function encode(address, values) {
  let at = writeText(address, 0);
  let tags = ",";
  for (const value of values) {
    tags += typeof value === "string" ? "s" : isInt32(value) ? "i" : "f";
  }
  at = writeText(tags, at);
  for (const value of values) {
    if (typeof value === "string") {
      at = writeText(value, at);
    } else {
      if (at + 4 > MAX_PACKET_BYTES) {
        throw new RangeError(`message to ${address} is over ${MAX_PACKET_BYTES} bytes`);
      }
      if (isInt32(value)) {
        view.setInt32(at, value);
      } else {
        view.setFloat32(at, value);
      }
      at += 4;
    }
  }
  return buffer.subarray(0, at);
}

/**
 * Decode a packet, and call `handler` for each message in it.
 *
 * @param {ArrayBuffer} packet
 * @param {Handler} handler
 */
export function decode(packet, handler) {
  decodePart(new DataView(packet), 0, packet.byteLength, handler, 0);
}

/**
 * @param {DataView} data
 * @param {number} from
 * @param {number} to
 * @param {Handler} handler
 * @param {number} depth
 */
function decodePart(data, from, to, handler, depth) {
  const address = readText(data, from, to);
  let at = from + paddedLength(data, from, to);
  if (address !== BUNDLE) {
    handler(address, readValues(data, at, to));
    return;
  }
  if (depth >= MAX_DEPTH) {
    throw new RangeError(`bundles are nested more than ${MAX_DEPTH} deep`);
  }
  at += 8; // the time tag: what arrives counts now
  while (at < to) {
    const size = data.getInt32(at);
    at += 4;
    if (size <= 0 || at + size > to) {
      throw new RangeError(`a part of ${size} bytes in a bundle of ${to - from}`);
    }
    decodePart(data, at, at + size, handler, depth + 1);
    at += size;
  }
}

/**
 * @param {DataView} data
 * @param {number} at
 * @param {number} to
 * @returns {Value[]}
 */
function readValues(data, at, to) {
  if (at >= to) {
    return [];
  }
  const tags = readText(data, at, to);
  at += paddedLength(data, at, to);
  /** @type {Value[]} */
  const values = [];
  for (let n = 1; n < tags.length; n++) {
    switch (tags[n]) {
      case "i":
        values.push(data.getInt32(at));
        at += 4;
        break;
      case "f":
        values.push(data.getFloat32(at));
        at += 4;
        break;
      case "h":
        values.push(Number(data.getBigInt64(at)));
        at += 8;
        break;
      case "d":
        values.push(data.getFloat64(at));
        at += 8;
        break;
      case "s":
        values.push(readText(data, at, to));
        at += paddedLength(data, at, to);
        break;
      case "T":
      case "F":
        values.push(tags[n] === "T");
        break;
      case "N":
      case "I":
        values.push(null);
        break;
      default:
        throw new RangeError(`type ${tags[n]} in an OSC message`);
    }
  }
  return values;
}

/**
 * @param {DataView} data
 * @param {number} from
 * @param {number} to
 */
function textEnd(data, from, to) {
  for (let at = from; at < to; at++) {
    if (data.getUint8(at) === 0) {
      return at;
    }
  }
  throw new RangeError("a string without an end in an OSC packet");
}

/**
 * @param {DataView} data
 * @param {number} from
 * @param {number} to
 */
function readText(data, from, to) {
  return decoder.decode(new Uint8Array(data.buffer, from, textEnd(data, from, to) - from));
}

/**
 * Length of a string with its zeros, a multiple of four.
 *
 * @param {DataView} data
 * @param {number} from
 * @param {number} to
 */
function paddedLength(data, from, to) {
  return (textEnd(data, from, to) - from + 4) & ~3;
}

/**
 * @param {string} text
 * @param {number} at
 */
function writeText(text, at) {
  const { read, written } = encoder.encodeInto(text, buffer.subarray(at));
  const end = at + ((Number(written) + 4) & ~3);
  if (read !== text.length || end > MAX_PACKET_BYTES) {
    throw new RangeError(`text of ${text.length} characters; a packet has ${MAX_PACKET_BYTES} bytes`);
  }
  buffer.fill(0, at + Number(written), end);
  return end;
}

/** @param {number} value */
function isInt32(value) {
  return Number.isInteger(value) && value >= -INT32 && value < INT32;
}
