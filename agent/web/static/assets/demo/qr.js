// A QR code of up to 34 digits: version 1, level M, mask 0. Nothing else is
// needed to draw a payment code that a real scanner reads from the screen.

const size = 21;
const dataBytes = 16;
const checkBytes = 10;
const format = 0x5412; // level M, mask 0, with its check bits (ISO/IEC 18004, annex C)

// matrix answers rows of booleans, true for dark.
export function matrix(digits) {
  const dark = Array.from({ length: size }, () => Array(size).fill(false));
  const fixed = Array.from({ length: size }, () => Array(size).fill(false));
  const set = (x, y, on) => { dark[y][x] = on; fixed[y][x] = true; };
  patterns(set);
  formatBits(set);
  const data = numeric(digits);
  fill(dark, fixed, [...data, ...check(data)]);
  return dark;
}

function patterns(set) {
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [[3, 3], [size - 4, 3], [3, size - 4]]) {
    for (let dy = -4; dy <= 4; dy++) {
      for (let dx = -4; dx <= 4; dx++) {
        const [x, y] = [cx + dx, cy + dy];
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        if (x >= 0 && y >= 0 && x < size && y < size) set(x, y, ring !== 2 && ring !== 4);
      }
    }
  }
}

function formatBits(set) {
  const bit = (i) => ((format >> i) & 1) === 1;
  for (let i = 0; i < 6; i++) set(8, i, bit(i));
  set(8, 7, bit(6));
  set(8, 8, bit(7));
  set(7, 8, bit(8));
  for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i));
  for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i));
  set(8, size - 8, true);
}

function numeric(digits) {
  let bits = '0001' + digits.length.toString(2).padStart(10, '0');
  for (let i = 0; i < digits.length; i += 3) {
    const group = digits.slice(i, i + 3);
    bits += Number(group).toString(2).padStart([0, 4, 7, 10][group.length], '0');
  }
  bits += '0'.repeat(Math.min(4, dataBytes * 8 - bits.length));
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  const bytes = bits.match(/.{8}/g).map((b) => parseInt(b, 2));
  for (let pad = 0xec; bytes.length < dataBytes; pad ^= 0xec ^ 0x11) bytes.push(pad);
  return bytes;
}

// check is the Reed-Solomon remainder over GF(256) with 0x11d.
function check(data) {
  let divisor = [1];
  for (let i = 0, root = 1; i < checkBytes; i++, root = times(root, 2)) {
    const next = [...divisor, 0];
    divisor.forEach((c, j) => { next[j + 1] ^= times(c, root); });
    divisor = next;
  }
  const rest = [...data, ...Array(checkBytes).fill(0)];
  for (let i = 0; i < data.length; i++) {
    const factor = rest[i];
    divisor.forEach((c, j) => { rest[i + j] ^= times(c, factor); });
  }
  return rest.slice(data.length);
}

function times(a, b) {
  let product = 0;
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d);
    product ^= ((b >> i) & 1) * a;
  }
  return product;
}

function fill(dark, fixed, bytes) {
  let i = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5; // the timing column
    for (let step = 0; step < size; step++) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (fixed[y][x]) continue;
        const on = i < bytes.length * 8 && ((bytes[i >> 3] >> (7 - (i & 7))) & 1) === 1;
        dark[y][x] = on !== ((x + y) % 2 === 0);
        i++;
      }
    }
  }
}

// path draws the dark modules as one SVG path, a unit a module.
export function path(digits) {
  return matrix(digits).flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}
