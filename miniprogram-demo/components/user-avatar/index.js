/** The first letter of a name, on a colour that is always the same for it. */
Component({
  properties: { name: String },

  data: { letter: "", hue: 0 },

  observers: {
    name(name) {
      const letters = Array.from(name);
      const sum = letters.reduce((total, letter) => (total * 31 + letter.codePointAt(0)) % 360, 7);
      this.setData({ letter: (letters[0] || "").toUpperCase(), hue: sum });
    },
  },
});
