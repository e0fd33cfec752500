import { readImage } from "./image-message.js";
import { t } from "./texts.js";

/** A message in a line. */
export function preview(message: { text: string; typeu: number }): string {
  const image = readImage(message);
  if (image === undefined) return message.text;
  return image.description === "" ? `🖼 ${t.image}` : `🖼 ${image.description}`;
}
