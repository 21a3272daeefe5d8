#!/usr/bin/python3
"""Makes printer/font/glyphs.bin: the bitmap font that receipts are drawn with
where a printer has no Chinese of its own. packaging/font/make.sh runs it.

12x24 cells are Terminus Font's own bitmaps, 24x24 cells are outlines of Noto
Sans CJK, drawn by FreeType. Both are under the SIL Open Font License 1.1, which
permits to embed them.

The file is read by printer/font/font.go, which says how it is made up: keep the
two together. Each glyph is an arithmetic code of its dots, read row by row; the
chance that a dot is black comes from a table by the dots around it. The table is
counted over the very glyphs and stands in the file, so that each glyph can be
read alone: nothing is unpacked at start, and nothing is kept.
"""
import bz2
import gzip
import struct
import sys
import zlib

import freetype

NOTO = '/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc'
SC, HK = 2, 4  # faces of the collection
HEIGHT, NARROW, WIDE = 24, 12, 24
SIZE, BASELINE, BLACK = 23, 21, 112  # pixels an em; row of the baseline; grey that counts as black

# Dots before the one to code, as (up, right): the nearer the more they tell.
CONTEXT = [(0, -4), (0, -3), (0, -2), (0, -1), (1, -2), (1, -1), (1, 0), (1, 1), (1, 2),
           (2, -1), (2, 0), (2, 1), (3, 0)]

UNIHAN = '/usr/share/unicode/Unihan_%s.txt.bz2'


def unihan(part, key):
    for line in bz2.open(UNIHAN % part, 'rt', encoding='utf-8'):
        cells = line.rstrip('\n').split('\t')
        if len(cells) > 2 and cells[1] == key:
            yield chr(int(cells[0][2:], 16)), cells[2]


def decodable(codec, first, last, second):
    for a in range(first, last + 1):
        for b in second:
            try:
                yield bytes((a, b)).decode(codec)
            except UnicodeDecodeError:
                pass


def wanted():
    """Every wide character, with the face that has its shape."""
    gb = set(decodable('gb2312', 0xA1, 0xF7, range(0xA1, 0xFF)))
    big5 = set(decodable('big5', 0xA1, 0xC6, [*range(0x40, 0x7F), *range(0xA1, 0xFF)]))
    fullwidth = {chr(c) for c in range(0xFF01, 0xFF5F)} | set('￠￡￥￦〖〗「」『』〈〉《》…—·“”‘’–‰′″℃№①②③④⑤⑥⑦⑧⑨⑩★☆●○■□→←↑↓√×÷≥≤≠±°')
    # The International Ideographs Core is what the standards bodies of China, Hong
    # Kong, Macao and Taiwan hold for the least a device must have; Cheung and Bauer
    # list the characters that Cantonese alone writes.
    core = {c for c, sources in unihan('IRGSources', 'kIICore') if set(sources) & set('GHMT')}
    cantonese = {c for c, _ in unihan('DictionaryLikeData', 'kCheungBauer')}
    all_ = {c: HK for c in big5 | core | cantonese}
    all_.update({c: SC for c in gb | fullwidth})
    return {c: f for c, f in all_.items() if 0xA0 < ord(c) < 0x10000 and not box(c)}


def box(c):  # frames: no slip has any
    return 0x2500 <= ord(c) <= 0x259F or 0xE000 <= ord(c) < 0xF900


def draw(face, char):
    """Rows of a wide glyph, the leftmost dot in bit 23; None where there is none."""
    if face.get_char_index(char) == 0:
        return None
    face.load_char(char, freetype.FT_LOAD_RENDER | freetype.FT_LOAD_TARGET_LIGHT)
    g, b = face.glyph, face.glyph.bitmap
    left = g.bitmap_left + (WIDE - (g.advance.x + 32 >> 6)) // 2
    left = max(0, min(left, WIDE - b.width))
    top = max(0, min(BASELINE - g.bitmap_top, HEIGHT - b.rows))
    rows, grey, pitch, width = [0] * HEIGHT, b.buffer, b.pitch, min(b.width, WIDE)  # b.buffer is a copy each time
    for y in range(min(b.rows, HEIGHT)):
        for x in range(width):
            if grey[y * pitch + x] >= BLACK:
                rows[top + y] |= 1 << (WIDE - 1 - left - x)
    return rows


def terminus(path):
    """The glyphs of a PCF file (X.Org's "Portable Compiled Format"), by character."""
    data = gzip.open(path).read()
    tables = {}
    for i in range(struct.unpack_from('<I', data, 4)[0]):
        kind, fmt, size, at = struct.unpack_from('<IIII', data, 8 + 16 * i)
        tables[kind] = at
    at = tables[8]  # bitmaps
    fmt, = struct.unpack_from('<I', data, at)
    order = '>' if fmt & 4 else '<'
    n, = struct.unpack_from(order + 'I', data, at + 4)
    offsets = struct.unpack_from(order + '%dI' % n, data, at + 8)
    bits = at + 8 + 4 * n + 16
    assert fmt & 8, 'bits must be most significant first'
    at = tables[32]  # encodings
    fmt, = struct.unpack_from('<I', data, at)
    order = '>' if fmt & 4 else '<'
    lo, hi, top, bottom, _ = struct.unpack_from(order + '5H', data, at + 4)
    stride = 1 << (struct.unpack_from('<I', data, tables[8])[0] & 3)
    width = (NARROW + 8 * stride - 1) // (8 * stride) * stride  # bytes a row
    glyphs = {}
    for row in range(top, bottom + 1):
        for col in range(lo, hi + 1):
            i, = struct.unpack_from(order + 'H', data, at + 14 + 2 * ((row - top) * (hi - lo + 1) + col - lo))
            if i != 0xFFFF:
                p = bits + offsets[i]
                rows = [int.from_bytes(data[p + width * y:p + width * y + width], 'big') >> (8 * width - NARROW) for y in range(HEIGHT)]
                glyphs[chr(row << 8 | col)] = rows
    return glyphs


def contexts(rows, width):
    """The context and the value of every dot, in reading order."""
    pad = 4
    grid = [[0] * (width + 2 * pad) for _ in range(3)]
    for r in rows:
        grid.append([0] * pad + [r >> (width - 1 - x) & 1 for x in range(width)] + [0] * pad)
    for y in range(3, HEIGHT + 3):
        for x in range(pad, width + pad):
            c = 0
            for up, right in CONTEXT:
                c = c << 1 | grid[y - up][x + right]
            yield c, grid[y][x]


def encode(rows, width, table):
    """An arithmetic code of 32 bits, chances in 1/256, short at its end: zeros follow."""
    low, rng, moved = 0, 0xFFFFFFFF, 0
    for c, dot in contexts(rows, width):
        split = (rng >> 8) * table[c]  # the share of white
        if dot:
            low, rng = low + split, rng - split
        else:
            rng = split
        while rng < 1 << 24:
            low, rng, moved = low << 8, rng << 8, moved + 1
    size = moved + 4
    for cut in range(size, -1, -1):  # the most zero bytes that stay inside
        step = 1 << 8 * cut
        v = (low + step - 1) // step * step
        if v < low + rng:
            return v.to_bytes(size, 'big')[:size - cut]
    raise AssertionError


def main(terminus_path, out):
    narrow = {c: r for c, r in terminus(terminus_path).items()
              if 0x20 <= ord(c) < 0x7F or 0xA1 <= ord(c) < 0x250 or 0x370 <= ord(c) < 0x500 or c in '₫€₩฿₱₽'}
    faces = {i: freetype.Face(NOTO, i) for i in (SC, HK)}
    for f in faces.values():
        f.set_pixel_sizes(SIZE, SIZE)
    wide = {}
    for c, i in wanted().items():
        rows = draw(faces[i], c)
        # Letters keep Terminus's narrow shape; signs are wide, as Chinese printers have them.
        if rows and not (c in narrow and c.isalpha()):
            narrow.pop(c, None)
            wide[c] = rows
    white, total = {}, {}
    glyphs = sorted([(c, NARROW, r) for c, r in narrow.items()] + [(c, WIDE, r) for c, r in wide.items()])
    for c, width, rows in glyphs:
        for ctx, dot in contexts(rows, width):
            total[ctx] = total.get(ctx, 0) + 1
            white[ctx] = white.get(ctx, 0) + 1 - dot
    table = bytes(min(255, max(1, round(256 * (white.get(i, 0) + .4) / (total.get(i, 0) + .8)))) for i in range(1 << len(CONTEXT)))
    codes = [encode(r, w, table) for _, w, r in glyphs]
    crc = 0
    for c, width, rows in glyphs:
        crc = zlib.crc32(b''.join(r.to_bytes(4, 'big') for r in rows), crc)
    with open(out, 'wb') as f:
        f.write(b'tpf1' + struct.pack('>HBI', len(glyphs), len(CONTEXT), crc))
        f.write(table)
        f.write(b''.join(struct.pack('>H', ord(c)) for c, _, _ in glyphs))
        f.write(bytes(len(k) | (0x80 if w == WIDE else 0) for k, (_, w, _) in zip(codes, glyphs)))
        f.write(b''.join(codes))
    print(len(narrow), 'narrow,', len(wide), 'wide,', sum(map(len, codes)), 'bytes of codes,', f'{max(map(len, codes))} at most')


main(*sys.argv[1:])
