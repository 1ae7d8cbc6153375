// The page reads the picture itself, because the network came with it.
const reader = makeReader(JSON.parse(document.getElementById("weights").textContent));

const readPicture = async (blob) => {
  try {
    const answer = reader.read(await openPicture(blob));
    return { ...withPicture(answer), digits: answer.digits.map(withPicture) };
  } catch (error) {
    if (error instanceof PictureError) return { verdict: "error", words: error.message };
    throw error;
  }
};

const withPicture = (one) => ({ ...one, seen: one.seen && pictureOf(one.seen) });

function pictureOf(pixels) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 28;
  const image = new ImageData(28, 28);
  pixels.forEach((value, at) => image.data.set([value, value, value, 255], 4 * at));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas.toDataURL();
}
