// Opening: whatever file a visitor chooses becomes an 8-bit picture of bounded size.

import { roundHalfEven } from "./arrays.js";
import { readDeepGreys } from "./deep_greys.js";
import { PictureError, REDUCED_SIDE, checkSize, measureFile } from "./measuring.js";
import { readOrientation, turnUpright } from "./orientation.js";
import { KERNELS, resizeImage, resizePicture, shrinkAtOnce } from "./resizing.js";

export const MAX_FILE_BYTES = 64_000_000;
// How many pixels of a canvas are read at once.
const STRIP_PIXELS = 262_144;

/**
 * Make a picture, {bands, width, height}, of what a canvas gives: {data, width, height} with four
 * bytes per pixel, or of what `openPicture` gives, turned upright. Its longer side is at most
 * REDUCED_SIDE. Without any transparency it is RGB, unless `alpha` says that its file has an alpha
 * channel: Pillow reduces such pictures differently.
 */
export function toPicture(opened) {
  return turnUpright(reducePicture(opened), opened.orientation);
}

function reducePicture({ bands: reduced, data, width, height, alpha = false }) {
  if (reduced) return { bands: reduced, width, height };
  checkSize(width, height);
  const opaque = !alpha && isOpaque(data);
  const [wide, tall] = reducedSize(width, height);
  if (opaque && wide * tall < width * height) {
    const shrunk = [0, 1, 2].map((c) =>
      resizeImage({ data, width, height }, wide, tall, KERNELS.box, null, 4, c),
    );
    return { bands: shrunk.map((image) => image.data), width: wide, height: tall };
  }
  const bands = (opaque ? [0, 1, 2] : [0, 1, 2, 3]).map((c) => {
    const band = new Uint8Array(width * height);
    for (let i = 0; i < band.length; i++) band[i] = data[4 * i + c];
    return band;
  });
  const picture = { bands, width, height };
  const large = wide * tall < width * height;
  return large ? resizePicture(picture, wide, tall, shrinkAtOnce) : picture;
}

function reduceGreys({ data, width, height }) {
  const [wide, tall] = reducedSize(width, height);
  const small = resizeImage({ data, width, height }, wide, tall, KERNELS.box);
  return { bands: [small.data, small.data, small.data], width: wide, height: tall };
}

function reducedSize(width, height) {
  const factor = Math.min(1, REDUCED_SIDE / Math.max(width, height));
  return [width, height].map((side) => Math.max(1, roundHalfEven(side * factor)));
}

function isOpaque(data) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

/**
 * Open a file or blob in a browser: {data, width, height, orientation} as from a canvas (or bands
 * instead of data, if it is large), as it is stored, with the number of EXIF that says how to turn
 * it. Throws a PictureError that says why it cannot.
 */
export async function openPicture(blob) {
  const name = blob.name ? `'${blob.name}'` : "The file";
  if (!blob.size) throw new PictureError(`${name} is empty.`);
  if (blob.size > MAX_FILE_BYTES) {
    const most = MAX_FILE_BYTES.toLocaleString("en");
    throw new PictureError(
      `${name} is too large: more than ${most} bytes. Save the picture smaller.`,
    );
  }
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const kind = measureFile(bytes);
  const { orientation, upright } = await readOrientation(blob, bytes);
  if (kind === "deep" && globalThis.DecompressionStream) {
    const greys = await readDeepGreys(bytes).catch(() => refuse(name, kind));
    return { ...reduceGreys(greys), orientation };
  }
  const bitmap = kind === "refused" ? null : await decodeBlob(upright, kind).catch(() => null);
  if (!bitmap) refuse(name, kind);
  try {
    checkSize(bitmap.width, bitmap.height);
    // Hardly any PNGs that have an alpha channel are without transparency.
    const alpha = kind === "alpha";
    const pixels = (!alpha && reducePixels(bitmap)) || { ...readPixels(bitmap), alpha };
    return { ...pixels, orientation };
  } finally {
    bitmap.close();
  }
}

function refuse(name, kind) {
  const advice = "Save it as PNG or JPEG.";
  throw new PictureError(
    {
      refused: `${name} is not a picture of a known format. ${advice}`,
      unknown: `${name} is not a picture of a format that this browser opens. ${advice}`,
    }[kind] ??
      `${name} is damaged or cut short: its picture cannot be decoded. Save or copy it again.`,
  );
}

async function decodeBlob(blob, kind) {
  const asStored = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  try {
    return await createImageBitmap(blob, asStored);
  } catch {
    // An older browser may not know these options.
    if (kind !== "unknown") return createImageBitmap(blob);
    return createImageBitmap(blob).catch(() => decodeElement(blob));
  }
}

// What a browser shows as an image, but does not make a bitmap of at once, such as SVG.
async function decodeElement(blob) {
  const image = new Image();
  image.src = URL.createObjectURL(blob);
  try {
    await image.decode();
    checkSize(image.naturalWidth, image.naturalHeight);
    return await createImageBitmap(image);
  } finally {
    URL.revokeObjectURL(image.src);
  }
}

// Read in strips, because some browsers refuse a canvas of 64 million pixels.
function* strips(bitmap) {
  const { width, height } = bitmap;
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.min(height, Math.max(1, Math.floor(STRIP_PIXELS / width)));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += canvas.height) {
    pen.clearRect(0, 0, width, canvas.height);
    pen.drawImage(bitmap, 0, -top);
    const rows = Math.min(canvas.height, height - top);
    yield [top, rows, pen.getImageData(0, 0, width, rows).data];
  }
}

// A large picture without transparency becomes {bands, width, height} strip by strip, to the bytes
// that toPicture gives, in a third of the memory. Null for all others, and for very tall ones.
function reducePixels(bitmap) {
  const { width, height } = bitmap;
  if (Math.max(width, height) <= REDUCED_SIDE || height > 100 * width) return null;
  const [wide, tall] = reducedSize(width, height);
  const bands = [0, 1, 2].map(() => new Uint8Array(wide * height));
  for (const [top, rows, data] of strips(bitmap)) {
    if (!isOpaque(data)) return null;
    const strip = { data, width, height: rows };
    bands.forEach((band, c) => {
      band.set(resizeImage(strip, wide, rows, KERNELS.box, null, 4, c).data, top * wide);
    });
  }
  const columns = (data) => resizeImage({ data, width: wide, height }, wide, tall, KERNELS.box);
  return { bands: bands.map((band) => columns(band).data), width: wide, height: tall };
}

function readPixels(bitmap) {
  const { width, height } = bitmap;
  const data = new Uint8ClampedArray(width * height * 4);
  for (const [top, , part] of strips(bitmap)) data.set(part, top * width * 4);
  return { data: (!isOpaque(data) && readColours(bitmap, data)) || data, width, height };
}

// A canvas keeps colours times alpha, so that those of faint pixels come back changed, or are lost.
// WebGL gives them as they are stored. Null without WebGL, or if its alpha differs from `data`.
function readColours(bitmap, data) {
  const { width, height } = bitmap;
  const gl = document.createElement("canvas").getContext("webgl");
  if (!gl || Math.max(width, height) > gl.getParameter(gl.MAX_TEXTURE_SIZE)) return null;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, bitmap);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  const colours = new Uint8Array(data.length);
  gl.readPixels(0, 0, width, height, gl.RGBA, gl.UNSIGNED_BYTE, colours);
  gl.getExtension("WEBGL_lose_context")?.loseContext();
  return colours.every((value, i) => i % 4 < 3 || value === data[i]) ? colours : null;
}
