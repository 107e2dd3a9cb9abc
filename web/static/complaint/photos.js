// Photos as the phone can show and send them: drawn on a canvas, and made small.

// Drawn, not loaded as an image: the page's policy allows images of the site itself only.
export const paint = async (photo, longest, canvas) => {
  const bitmap = await createImageBitmap(photo);
  const scale = Math.min(1, longest / Math.max(bitmap.width, bitmap.height));
  canvas.width = Math.max(1, bitmap.width * scale);
  canvas.height = Math.max(1, bitmap.height * scale);
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
};

// Small enough for a slow line, and without metadata. Null for a file that is no photo.
export const shrink = async (file) => {
  try {
    const canvas = await paint(file, 1600, document.createElement("canvas"));
    const smaller = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
    if (smaller) return smaller;
  } catch (error) {
    // the browser can't, or the file is no picture: the server decides
  }
  return /^image\/(jpeg|png|webp)$/.test(file.type) ? file : null;
};
