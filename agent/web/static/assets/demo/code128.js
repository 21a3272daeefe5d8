// Code 128 of digits, so that a real scanner reads the phone on the screen.

// Bars and gaps of each symbol, by value (ISO/IEC 15417, table 1).
const symbols = ('212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 '
  + '122231 113222 123122 123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 '
  + '212123 212321 232121 111323 131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 '
  + '113321 133121 313121 211331 231131 213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 '
  + '431111 111224 111422 121124 121421 141122 141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 '
  + '241112 134111 111242 121142 121241 114212 124112 124211 411212 421112 421211 212141 214121 412121 111143 111341 '
  + '131141 114113 114311 411113 411311 113141 114131 311141 411131 211412 211214 211232 2331112').split(' ');
const startC = 105;
const toB = 100;
const stop = 106;

// widths answers the bars and gaps in turn, a bar first.
export function widths(digits) {
  const values = [startC];
  const pairs = digits.length - (digits.length % 2);
  for (let i = 0; i < pairs; i += 2) values.push(Number(digits.slice(i, i + 2)));
  if (pairs < digits.length) values.push(toB, Number(digits.at(-1)) + 16); // the odd one, in set B
  const sum = values.reduce((total, value, i) => total + value * Math.max(1, i), 0);
  return [...values, sum % 103, stop].map((value) => symbols[value]).join('').split('').map(Number);
}

// drawing is the bars as an SVG path, and how wide it is.
export function drawing(digits) {
  let x = 0;
  let d = '';
  widths(digits).forEach((width, i) => {
    if (i % 2 === 0) d += `M${x} 0h${width}v1h-${width}z`;
    x += width;
  });
  return { d, width: x };
}
