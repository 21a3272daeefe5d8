// Encodes a receipt of 20 lines with a QR code by each of the npm libraries that a
// till would take, and prints a line of JSON for each: the median of its times in
// microseconds, and its length in bytes. cmd/bench runs it between its own turns.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const times = Number(process.argv[2] || 1000);
const goods = ['Iced lemon tea', 'Milk tea, less sugar', 'Pineapple bun', 'Egg tart', 'Pork chop rice', 'Wonton noodles', 'Take-away bag'];
const items = Array.from({ length: 20 }, (_, i) => ({ name: goods[i % 7], quantity: 1 + i % 4, price: 900 + 130 * (i % 7) }));
const money = cents => (cents / 100).toFixed(2);
const total = items.reduce((sum, it) => sum + it.quantity * it.price, 0);
const order = '2026112200010000312345678903';
const shop = 'Corner Tea House';

const peers = {
  'node-thermal-printer 4.6.1'() {
    const { ThermalPrinter, PrinterTypes } = require('node-thermal-printer');
    const p = new ThermalPrinter({ type: PrinterTypes.EPSON, interface: 'tcp://127.0.0.1:9', width: 48 });
    return () => {
      p.clear();
      p.alignCenter(); p.setTextDoubleHeight(); p.bold(true); p.println(shop); p.bold(false); p.setTextNormal(); p.alignLeft();
      p.drawLine();
      for (const it of items) p.leftRight(`${it.name} ${it.quantity} x ${money(it.price)}`, money(it.quantity * it.price));
      p.drawLine();
      p.bold(true); p.leftRight('TOTAL', 'HKD ' + money(total)); p.bold(false);
      p.alignCenter(); p.printQR(order, { cellSize: 6, correction: 'M', model: 2 }); p.println(order); p.cut();
      return p.getBuffer();
    };
  },
  'receiptline 4.0.4'() {
    const { transform } = require('receiptline');
    return () => {
      const lines = items.map(it => `${it.name} ${it.quantity} x ${money(it.price)} | ${money(it.quantity * it.price)}`);
      const text = `^^^${shop}\n-\n{width:*,12}\n${lines.join('\n')}\n-\n"TOTAL | "HKD ${money(total)}\n{code:${order}; option:qrcode,6,m}\n${order}\n=`;
      return Buffer.from(transform(text, { command: 'escpos', cpl: 48, encoding: 'cp437', cutting: true }), 'binary');
    };
  },
  '@point-of-sale/receipt-printer-encoder 4.0.1'() {
    const loaded = require('@point-of-sale/receipt-printer-encoder');
    const Encoder = loaded.default || loaded;
    return () => {
      const e = new Encoder({ language: 'esc-pos', columns: 48 });
      e.initialize().align('center').bold(true).size(2, 2).line(shop).size(1, 1).bold(false).align('left').rule();
      e.table([{ width: 36, align: 'left' }, { width: 12, align: 'right' }],
        items.map(it => [`${it.name} ${it.quantity} x ${money(it.price)}`, money(it.quantity * it.price)]));
      e.rule().bold(true).table([{ width: 36, align: 'left' }, { width: 12, align: 'right' }], [['TOTAL', 'HKD ' + money(total)]]).bold(false);
      e.align('center').qrcode(order, { model: 2, size: 6, errorlevel: 'm' }).line(order).newline(3).cut();
      return e.encode();
    };
  },
};

for (const [name, make] of Object.entries(peers)) {
  const encode = make();
  for (let i = 0; i < times / 4; i++) encode(); // let V8 compile it
  const took = new Float64Array(times);
  let bytes = 0;
  for (let i = 0; i < times; i++) {
    const began = process.hrtime.bigint();
    bytes = encode().length;
    took[i] = Number(process.hrtime.bigint() - began) / 1000;
  }
  took.sort();
  console.log(JSON.stringify({ name, p50: took[times >> 1], bytes }));
}
