// A QR code of digits or of any text, level M, mask 0: a payment code on the
// demo's phone, or the code of an order that the customer scans off the screen.
// Numbers in tables are ISO/IEC 18004's, by version.

const checkBytes = [0, 10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22, 22, 24, 24];
const blockCount = [0, 1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8, 9, 9, 10];
const align = [[], [], [18], [22], [26], [30], [34], [22, 38], [24, 42], [26, 46], [28, 50], [30, 54], [32, 58], [34, 62], [26, 46, 66], [26, 48, 70]];
const format = 0x5412; // level M, mask 0, with its check bits (annex C)

// matrix answers rows of booleans, true for dark; null for what is too long.
export function matrix(text) {
  const version = fitting(text);
  if (!version) return null;
  const size = 17 + 4 * version;
  const dark = Array.from({ length: size }, () => Array(size).fill(false));
  const fixed = Array.from({ length: size }, () => Array(size).fill(false));
  const set = (x, y, on) => { dark[y][x] = on; fixed[y][x] = true; };
  patterns(set, size, version);
  formatBits(set, size);
  if (version >= 7) versionBits(set, size, version);
  fill(dark, fixed, size, woven(bytesOf(text, version), version));
  return dark;
}

// path draws the dark modules as one SVG path, a unit a module.
export function path(text) {
  return (matrix(text) ?? []).flatMap((row, y) => row.map((on, x) => (on ? `M${x} ${y}h1v1h-1z` : ''))).join('');
}

// side is how many modules a text's code is wide.
export function side(text) { return 17 + 4 * fitting(text); }

// allBytes is how many bytes a version has, for data and check together.
function allBytes(version) {
  const n = align[version].length + 1; // of alignment patterns in a row
  const patternModules = version < 2 ? 0 : 25 * (n * n - 3) - 10 * (n - 2);
  return ((16 * version + 128) * version + 64 - patternModules - (version < 7 ? 0 : 36)) >> 3;
}

function dataBytes(version) { return allBytes(version) - checkBytes[version] * blockCount[version]; }

function fitting(text) {
  for (let version = 1; version < align.length; version++) {
    if (bitsOf(text, version).length <= 8 * dataBytes(version)) return version;
  }
  return 0;
}

function bitsOf(text, version) {
  const binary = (n, length) => n.toString(2).padStart(length, '0');
  if (!/^\d+$/.test(text)) {
    const bytes = new TextEncoder().encode(text);
    return '0100' + binary(bytes.length, version < 10 ? 8 : 16) + Array.from(bytes, (b) => binary(b, 8)).join('');
  }
  let bits = '0001' + binary(text.length, version < 10 ? 10 : 12);
  for (let i = 0; i < text.length; i += 3) {
    const group = text.slice(i, i + 3);
    bits += binary(Number(group), [0, 4, 7, 10][group.length]);
  }
  return bits;
}

function bytesOf(text, version) {
  const room = dataBytes(version);
  let bits = bitsOf(text, version);
  bits += '0'.repeat(Math.min(4, room * 8 - bits.length));
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
  const bytes = bits.match(/.{8}/g).map((b) => parseInt(b, 2));
  for (let pad = 0xec; bytes.length < room; pad ^= 0xec ^ 0x11) bytes.push(pad);
  return bytes;
}

// woven cuts data into blocks, each with its check bytes, and takes of each in turn.
function woven(data, version) {
  const count = blockCount[version];
  const short = Math.floor(data.length / count);
  const long = data.length % count; // that many blocks, the last ones, have a byte more
  const blocks = [];
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= count - long ? 1 : 0);
    blocks.push(data.slice(at, at + length));
    at += length;
  }
  const checks = blocks.map((block) => check(block, checkBytes[version]));
  return [...inTurn(blocks, short + 1), ...inTurn(checks, checkBytes[version])];
}

function* inTurn(blocks, longest) {
  for (let i = 0; i < longest; i++) {
    for (const block of blocks) if (i < block.length) yield block[i];
  }
}

// check is the Reed-Solomon remainder over GF(256) with 0x11d.
function check(data, length) {
  let divisor = [1];
  for (let i = 0, root = 1; i < length; i++, root = times(root, 2)) {
    const next = [...divisor, 0];
    divisor.forEach((c, j) => { next[j + 1] ^= times(c, root); });
    divisor = next;
  }
  const rest = [...data, ...Array(length).fill(0)];
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

function patterns(set, size, version) {
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0);
    set(i, 6, i % 2 === 0);
  }
  for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) rings(set, size, x, y, 4);
  const at = version < 2 ? [] : [6, ...align[version]];
  const last = at.length - 1;
  at.forEach((y, i) => at.forEach((x, j) => {
    const corner = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0);
    if (!corner) rings(set, size, x, y, 2);
  }));
}

// rings draws a finder (reach 4, its light border included) or an alignment
// pattern (reach 2).
function rings(set, size, cx, cy, reach) {
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const [x, y] = [cx + dx, cy + dy];
      const ring = Math.max(Math.abs(dx), Math.abs(dy));
      if (x >= 0 && y >= 0 && x < size && y < size) set(x, y, reach === 4 ? ring !== 2 && ring !== 4 : ring !== 1);
    }
  }
}

function formatBits(set, size) {
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

// versionBits are the version with its BCH check (annex D).
function versionBits(set, size, version) {
  let rest = version;
  for (let i = 0; i < 12; i++) rest = (rest << 1) ^ ((rest >> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i++) {
    const on = ((bits >> i) & 1) === 1;
    const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)];
    set(a, b, on);
    set(b, a, on);
  }
}

function fill(dark, fixed, size, bytes) {
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
