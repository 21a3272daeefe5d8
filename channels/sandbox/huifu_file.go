package sandbox

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
)

// huifuFileRows is where a file is split (§13).
const huifuFileRows = 400_000

// huifuTitles are the columns. They are not published: the words to look for are
// ASSUMED in §13.
func huifuTitles() []string {
	return []string{"交易日期", "商户号", "请求日期", "请求流水号", "全局流水号", "交易类型", "交易金额", "交易状态", "手续费", "原请求流水号", "完成时间"}
}

func (o *huifuOrder) line() []string {
	return []string{huifuDay(o.ended), o.shop.id, o.date, o.no, o.id, o.tradeType, yuan(o.amount),
		huifuStateWord(o.stat), "0.00", "", huifuStamp(o.ended)}
}

func (r *huifuRefund) line() []string {
	return []string{huifuDay(r.ended), r.o.shop.id, r.date, r.no, r.id, "TRANS_REFUND", yuan(r.amount),
		huifuStateWord(r.stat), "0.00", r.o.no, huifuStamp(r.ended)}
}

// huifuStateWord: failed trades are in the file too, and only this column tells.
func huifuStateWord(stat string) string {
	if stat == huifuDone {
		return "成功"
	}
	return "失败"
}

// huifuZip packs rows, the first of which is the header, into CSVs of at most so
// many rows: base_1.csv, base_2.csv. No rows is nil.
func huifuZip(base string, rows [][]string, most int) []byte {
	if len(rows) < 2 {
		return nil
	}
	var packed bytes.Buffer
	z := zip.NewWriter(&packed)
	batch := 0
	for chunk := range slices.Chunk(rows[1:], most) {
		batch++
		var text bytes.Buffer
		lines := csv.NewWriter(&text)
		lines.UseCRLF = true
		lines.Write(rows[0])
		lines.WriteAll(chunk)
		file, err := z.Create(fmt.Sprintf("%s_%d.csv", base, batch))
		if err == nil {
			_, err = file.Write(text.Bytes())
		}
		if err != nil {
			panic("sandbox: a file of our own cannot be packed: " + err.Error())
		}
	}
	if err := z.Close(); err != nil {
		panic("sandbox: a file of our own cannot be packed: " + err.Error())
	}
	return packed.Bytes()
}
