package huifu

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tillpay/channels"
	"tillpay/channels/wire"
)

// Bounds of what a zip may unfold to: 400 000 rows are well below.
const (
	maxEntries  = 1000
	maxUnfolded = 256 << 20
)

// Line is one row of a bill of trades.
type Line struct {
	Number string // ours: req_seq_id
	Amount channels.Money
	State  string // as the platform words it
	Type   string
}

// titles are the columns that are looked for, ASSUMED (§13); the setting
// statement_columns corrects them.
var titles = map[string]string{"number": "请求流水号", "amount": "交易金额", "state": "交易状态", "type": "交易类型"}

// decoders are the encodings of the setting statement_encoding.
var decoders = map[string]func([]byte) ([]byte, error){
	"auto": func(b []byte) ([]byte, error) {
		if utf8.Valid(b) {
			return b, nil
		}
		return fromGBK(b)
	},
	"utf-8": func(b []byte) ([]byte, error) {
		if !utf8.Valid(b) {
			return nil, errors.New("is not UTF-8")
		}
		return b, nil
	},
	"gbk": fromGBK,
}

func fromGBK(b []byte) ([]byte, error) {
	out, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil || bytes.ContainsRune(out, utf8.RuneError) {
		return nil, errors.New("is neither UTF-8 nor GBK")
	}
	return out, nil
}

// Lines reads a bill of trades by its columns' titles. A file whose titles are
// others is an error that names the one that is missing: none is guessed.
func (c *Channel) Lines(s channels.Statement) ([]Line, error) {
	if len(s.Body) == 0 {
		return nil, nil
	}
	var lines []Line
	err := eachFile(s.Body, func(name string, data []byte) error {
		text, err := decoders[c.cfg.StatementEncoding](bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
		if err != nil {
			return err
		}
		more, err := c.rows(text)
		lines = append(lines, more...)
		return err
	})
	return lines, err
}

func (c *Channel) rows(text []byte) ([]Line, error) {
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1
	head, err := r.Read()
	if err == io.EOF {
		return nil, nil
	}
	if err != nil {
		return nil, errors.New("is not a CSV")
	}
	at := map[string]int{}
	for name, title := range titles {
		if given := c.cfg.StatementColumns[name]; given != "" {
			title = given
		}
		if at[name] = columnOf(head, title); at[name] < 0 {
			return nil, fmt.Errorf("has no column %s: set statement_columns.%s", title, name)
		}
	}
	var lines []Line
	for n := 2; ; n++ {
		row, err := r.Read()
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, fmt.Errorf("row %d is not CSV", n)
		}
		line, err := lineOf(row, at)
		if err != nil {
			return nil, fmt.Errorf("row %d: %w", n, err)
		}
		lines = append(lines, line)
	}
}

func columnOf(head []string, title string) int {
	for i, h := range head {
		if cell(h) == title {
			return i
		}
	}
	return -1
}

// cell is a value without what spreadsheets need around numbers.
func cell(s string) string { return strings.Trim(strings.TrimSpace(s), "`'\t") }

func lineOf(row []string, at map[string]int) (Line, error) {
	get := func(name string) string {
		if i := at[name]; i < len(row) {
			return cell(row[i])
		}
		return ""
	}
	text := get("amount")
	n, ok := fen(strings.TrimPrefix(text, "-"))
	if !ok {
		return Line{}, errors.New("its amount is not yuan")
	}
	if strings.HasPrefix(text, "-") {
		n = -n
	}
	return Line{get("number"), channels.Money{Amount: n, Currency: currency}, get("state"), get("type")}, nil
}

// eachFile unfolds a zip of CSV files, which checks each one's sum.
func eachFile(body []byte, do func(name string, data []byte) error) error {
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil {
		return errors.New("the file is not a zip")
	}
	if len(z.File) > maxEntries {
		return errors.New("the zip has too many files")
	}
	left := int64(maxUnfolded)
	for _, f := range z.File {
		if f.FileInfo().IsDir() {
			continue
		}
		name := wire.Cut(plain(path.Base(f.Name)), 64)
		r, err := f.Open()
		if err != nil {
			return fmt.Errorf("%s cannot be unfolded", name)
		}
		data, err := io.ReadAll(io.LimitReader(r, left+1))
		r.Close()
		if left -= int64(len(data)); err != nil || left < 0 {
			return fmt.Errorf("%s is damaged or too long", name)
		}
		if err := do(name, data); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// joined is a bill's one file as it came, or its parts (400 000 rows each) in
// one zip. Every check sum is right, or it is an error.
func joined(parts [][]byte) ([]byte, error) {
	if len(parts) == 0 {
		return nil, nil
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i, p := range parts {
		err := eachFile(p, func(name string, data []byte) error {
			if len(parts) == 1 {
				return nil
			}
			f, err := w.Create(fmt.Sprintf("%d-%s", i+1, name))
			if err == nil {
				_, err = f.Write(data)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
