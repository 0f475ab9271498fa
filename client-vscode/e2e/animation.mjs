/** Screenshots become an animated picture, with the colours that they have. */

import gifenc from "gifenc";
import { PNG } from "pngjs";

const COLOURS = 255;
const UNCHANGED = 255;

/** The GIF of PNG frames of one size, each with the milliseconds that it is shown. @param {{ png: Buffer, delay: number }[]} frames */
export function animated(frames) {
  const pictures = frames.map(({ png }) => PNG.sync.read(png));
  const [{ width, height }] = pictures;
  const pixels = pictures.map(({ data }) => {
    const each = new Uint32Array(width * height);
    for (let at = 0; at < each.length; at++) {
      each[at] = (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2];
    }
    return each;
  });
  const palette = commonest(pixels);
  const index = nearest(palette);
  const gif = gifenc.GIFEncoder();
  for (const [number, each] of pixels.entries()) {
    const before = pixels[number - 1];
    const picture = Uint8Array.from(each, (colour, at) => (before?.[at] === colour ? UNCHANGED : index(colour)));
    gif.writeFrame(picture, width, height, {
      palette: number === 0 ? [...palette.map(parts), [0, 0, 0]] : undefined,
      delay: frames[number]?.delay,
      transparent: true,
      transparentIndex: UNCHANGED,
      dispose: 1,
    });
  }
  gif.finish();
  return Buffer.from(gif.bytes());
}

/** @param {Uint32Array[]} pictures */
function commonest(pictures) {
  const counts = new Map();
  for (const picture of pictures) {
    for (const colour of picture) {
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
  }
  const sorted = [...counts].sort(([, some], [, others]) => others - some).map(([colour]) => colour);
  const found = sorted.slice(0, COLOURS);
  return [...found, ...new Array(COLOURS - found.length).fill(0)];
}

/** @param {number[]} palette */
function nearest(palette) {
  const known = new Map(palette.map((colour, index) => [colour, index]).reverse());
  return (/** @type {number} */ colour) => {
    if (!known.has(colour)) {
      const distances = palette.map((each) => distance(parts(each), parts(colour)));
      known.set(colour, distances.indexOf(Math.min(...distances)));
    }
    return known.get(colour);
  };
}

function parts(/** @type {number} */ colour) {
  return [colour >> 16, (colour >> 8) & 255, colour & 255];
}

/** @param {number[]} some @param {number[]} others */
function distance(some, others) {
  return some.reduce((sum, each, index) => sum + (each - others[index]) ** 2, 0);
}
