// Opening: whatever file a visitor chooses becomes an 8-bit picture of bounded size.

import { roundHalfEven } from "./arrays.js";
import { KERNELS, resizeImage, resizePicture, shrinkAtOnce } from "./resizing.js";

// A 64-megapixel picture is more than nearly all phones take, and still fits into 256 MB.
export const MAX_PIXELS = 64_000_000;
export const MAX_FILE_BYTES = 64_000_000;
// A larger side is never needed: a digit that fills a hundredth of it still has 10 pixels.
export const REDUCED_SIDE = 1024;

/** The picture cannot be opened; the message says why, in a sentence. */
export class PictureError extends Error {
  name = "PictureError";
}

/**
 * Make a picture, {bands, width, height}, of what a canvas gives: {data, width, height} with four
 * bytes per pixel. Its longer side is at most REDUCED_SIDE. Without any transparency it is RGB,
 * unless `alpha` says that its file has an alpha channel: Pillow reduces such pictures differently.
 */
export function toPicture({ data, width, height, alpha = false }) {
  checkSize(width, height);
  const opaque = !alpha && isOpaque(data);
  const factor = REDUCED_SIDE / Math.max(width, height);
  const [wide, tall] = [width, height].map((side) =>
    factor < 1 ? Math.max(1, roundHalfEven(side * factor)) : side,
  );
  if (opaque && factor < 1) {
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
  return factor < 1 ? resizePicture(picture, wide, tall, shrinkAtOnce) : picture;
}

function isOpaque(data) {
  for (let i = 3; i < data.length; i += 4) if (data[i] !== 255) return false;
  return true;
}

function checkSize(width, height) {
  if (width < 1 || height < 1) throw new PictureError("The picture has no pixels.");
  if (width * height > MAX_PIXELS) {
    const [wide, tall, most] = [width, height, MAX_PIXELS].map((n) => n.toLocaleString("en"));
    throw new PictureError(
      `The picture is too large: ${wide} × ${tall} pixels, and ${most} is the most. ` +
        "Make it smaller, then try again.",
    );
  }
}

/**
 * Open a file or blob in a browser: {data, width, height} as from a canvas, turned upright as its
 * EXIF data say, colours as they are stored. Throws a PictureError that says why it cannot.
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
  const header = await readPngHeader(blob);
  if (header) checkSize(header.width, header.height); // before it takes memory
  let bitmap;
  try {
    bitmap = await decodeBlob(blob);
  } catch {
    throw new PictureError(
      (await beginsLikePicture(blob))
        ? `${name} is damaged or cut short: its picture cannot be decoded. Save or copy it again.`
        : `${name} is not a picture of a known format. Save it as PNG or JPEG.`,
    );
  }
  try {
    checkSize(bitmap.width, bitmap.height);
    return { ...readPixels(bitmap), alpha: header !== null && header.alpha };
  } finally {
    bitmap.close();
  }
}

async function decodeBlob(blob) {
  const asStored = { colorSpaceConversion: "none", premultiplyAlpha: "none" };
  try {
    return await createImageBitmap(blob, { imageOrientation: "from-image", ...asStored });
  } catch {
    return createImageBitmap(blob); // an older browser may not know these options
  }
}

// The first bytes of the formats that browsers know: PNG, JPEG, GIF, BMP, WebP, AVIF and ICO.
async function beginsLikePicture(blob) {
  const bytes = new Uint8Array(await blob.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...bytes);
  return /^(\x89PNG|\xff\xd8\xff|GIF8|BM|RIFF....WEBP|....ftypavi|\0\0\x01\0)/s.test(text);
}

// What the first bytes of a PNG say about it; null for other files. Of those, hardly any that have
// an alpha channel are without transparency.
async function readPngHeader(blob) {
  const bytes = await blob.slice(0, 26).arrayBuffer();
  const view = new DataView(bytes);
  if (bytes.byteLength < 26 || view.getUint32(0) !== 0x89504e47) return null;
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return { width, height, alpha: (view.getUint8(25) & 4) > 0 };
}

// Read in strips, because some browsers refuse a canvas of 64 million pixels.
function readPixels(bitmap) {
  const { width, height } = bitmap;
  const data = new Uint8ClampedArray(width * height * 4);
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = Math.min(height, Math.max(1, Math.floor(4_000_000 / width)));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (let top = 0; top < height; top += canvas.height) {
    pen.clearRect(0, 0, width, canvas.height);
    pen.drawImage(bitmap, 0, -top);
    const rows = Math.min(canvas.height, height - top);
    data.set(pen.getImageData(0, 0, width, rows).data, top * width * 4);
  }
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
