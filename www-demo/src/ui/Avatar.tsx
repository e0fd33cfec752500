/** A user's first letter on a colour of their own. */
export function Avatar({ userId }: { userId: string }) {
  const [first = "?"] = userId;
  return (
    <span class="avatar" style={{ "--hue": hue(userId) }} aria-hidden="true">
      {first.toLocaleUpperCase()}
    </span>
  );
}

function hue(userId: string): number {
  let sum = 0;
  for (const letter of userId) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return sum;
}
