package escpos

// Where the facts come from. Columns and dots of Epson's are in the "Printing
// specifications" of each model's Technical Reference Guide; escpos-printer-db
// (receipt-print-hq) repeats them from hardware.
const (
	reference = "Epson ESC/POS Command Reference: GS ( k functions 165-181, GS k function B, GS v 0, GS V function B, DLE EOT, GS r, GS a"
	assumed   = "; the charset is assumed: it is a model's or a switch's, see its self-test slip"
)

// profiles is every printer with facts of its own. What is not here is a clone of
// one that is: take the generic profile for its paper.
var profiles = []Profile{
	{
		Name: "generic-58", Models: "any 58 mm printer that speaks ESC/POS", Paper: 58, Columns: 32, Dots: 384, Charset: GB18030, Cut: NoCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; 384 dots: GS v 0 takes 48 bytes a row on 58 mm in the clones' programming manuals (Better BT-532C, p. 27); tear bar assumed",
	},
	{
		Name: "generic-80", Models: "any 80 mm printer that speaks ESC/POS", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; 576 dots: GS v 0 takes 72 bytes a row on 80 mm in the clones' programming manuals (Better BT-532C, p. 27)",
	},
	{
		Name: "epson-tm-t20", Models: "Epson TM-T20, T20II, T20III, T20IIIL", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; escpos-printer-db TM-T20III (576 dots, 48 columns, tested on hardware)" + assumed,
	},
	{
		Name: "epson-tm-t82", Models: "Epson TM-T82, T82II, T82III, T82X (the T20 of Asia)", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; 576 dots and 48 columns assumed from the TM-T20, whose mechanism it has" + assumed,
	},
	{
		Name: "epson-tm-t88", Models: "Epson TM-T88IV, V, VI, VII (180 dpi)", Paper: 80, Columns: 42, Dots: 512, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; escpos-printer-db TM-T88IV and TM-T88V (512 dots, 42 columns)" + assumed,
	},
	{
		Name: "epson-tm-m30", Models: "Epson TM-m30, m30II, m30III", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: reference + "; TM-m30III Technical Reference Guide rev. E, p. 121 (576 dots, 48 columns)" + assumed,
	},
	{
		Name: "star-escpos", Models: "Star mC-Print3, TSP100IV, TSP650II, set to ESC/POS mode", Paper: 80, Columns: 48, Dots: 576, Charset: Raster, Cut: PartialCut,
		NativeQR: true, NativeCode128: true,
		Origin: "Star ESC/POS Mode Command Specifications; columns and dots assumed from the 72 mm width at 203 dpi; raster, since " +
			"double-byte text of the mode is not documented alike for its models; in StarPRNT mode it prints garbage: set the emulation first",
	},
	{
		Name: "bixolon-srp-350", Models: "Bixolon SRP-350II, 350plusII, 350III, 350plusIII (180 dpi)", Paper: 80, Columns: 42, Dots: 512, Charset: GB18030, Cut: PartialCut,
		NativeCode128: true, NativeQR: false, Tabs: true,
		Origin: "SRP-350/352plusIII Command Manual rev. 1.00 (DLE EOT, DLE DC4, GS a, GS k, GS r, GS v 0); 512 dots and 42 columns at 180 dpi; " +
			"the SRP-350II's manual lists no GS ( k, so QR codes go as pictures to all" + assumed,
	},
	{
		Name: "bixolon-srp-352", Models: "Bixolon SRP-352plusII, 352III, 352plusIII (203 dpi)", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeCode128: true, Tabs: true,
		Origin: "SRP-350/352plusIII Command Manual rev. 1.00; 576 dots and 48 columns assumed from 72 mm at 203 dpi" + assumed,
	},
	{
		Name: "xprinter-58", Models: "Xprinter XP-58 series, Zjiang POS-58 and 5890", Paper: 58, Columns: 32, Dots: 384, Charset: GB18030, Cut: NoCut,
		NativeQR: true, NativeCode128: true, Tabs: true, Strip: 64,
		Origin: "escpos-printer-db POS-5890 (Zjiang; no cutter); GB18030 without a switch: lukevp/ESC-POS-.NET#86 (an Xprinter); native QR assumed; strips of 64 rows for its small buffer, assumed",
	},
	{
		Name: "xprinter-80", Models: "Xprinter XP-80, XP-C260, XP-Q200 series", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: "XP-80XX Programmer Manual (DLE EOT, DLE DC4 and ESC p with pins 2 and 5); GB18030: lukevp/ESC-POS-.NET#86",
	},
	{
		Name: "gprinter-58", Models: "Gprinter GP-58 series", Paper: 58, Columns: 32, Dots: 384, Charset: GB18030, Cut: NoCut,
		NativeQR: true, NativeCode128: true, Tabs: true, Strip: 64,
		Origin: "assumed from generic-58; strips of 64 rows for its small buffer, assumed",
	},
	{
		Name: "gprinter-80", Models: "Gprinter GP-L80160, GP-80250, GP-U80300 series", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: "assumed from generic-80",
	},
	{
		Name: "rongta-58", Models: "Rongta RP58, RPP02 series", Paper: 58, Columns: 32, Dots: 384, Charset: GB18030, Cut: NoCut,
		NativeQR: true, NativeCode128: true, Tabs: true, Strip: 64,
		Origin: "assumed from generic-58 and the RP32x command set; strips of 64 rows for its small buffer, assumed",
	},
	{
		Name: "rongta-80", Models: "Rongta RP325, RP326, RP327, RP328, RP332", Paper: 80, Columns: 48, Dots: 576, Charset: GB18030, Cut: PartialCut,
		NativeQR: true, NativeCode128: true, Tabs: true,
		Origin: "RP325/RP326/RP327/RP328 Command Set RT V1.0 (DLE EOT, p. 7; DLE DC4, p. 10); escpos-printer-db RP326; no GS ( L graphics, which tillpay never sends",
	},
}
