package huishouqian

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"tillpay/channels"
)

// statementRow is one line of a day's file.
type statementRow struct {
	Number   string // transNo: the order's, or of a refund its own
	Original string // origTransNo, of a refund
	Platform string // tradeNo
	Amount   channels.Money
	State    string // as the file says it
	Kind     string // payType
	Finished string
}

// headerWords is what the columns are called by default: the page's own words
// for the fields. No statement of this platform was ever seen (§10, ASSUMED:
// statement_columns), so a file without these is not readable, and nothing of
// it is guessed.
var headerWords = map[string]string{
	"transNo": "商户订单号", "origTransNo": "原商户订单号", "tradeNo": "交易订单号", "orderAmt": "交易金额",
	"orderStatus": "交易状态", "payType": "交易类型", "finishedDate": "完成时间",
}

// readRows reads a file that Statement fetched: CSV, or one in a zip.
func (c *Channel) readRows(s channels.Statement) ([]statementRow, error) {
	body, err := unzip(s.Body)
	if err != nil {
		return nil, err
	}
	if body, err = c.decodeStatement(body); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord, r.LazyQuotes = -1, true
	lines, err := r.ReadAll()
	if err != nil {
		return nil, errors.New("statement: is not CSV")
	}
	for i, line := range lines {
		if columns := c.columnsOf(line); columns != nil {
			return c.rowsOf(lines[i+1:], len(line), columns, strings.Contains(line[columns["orderAmt"]], "元"))
		}
	}
	return nil, fmt.Errorf("%w: its header has other words than statement_columns", channels.ErrNotReadable)
}

// columnsOf is where the fields stand, or nil if line is not the header.
func (c *Channel) columnsOf(line []string) map[string]int {
	columns := map[string]int{}
	for field, words := range headerWords {
		if w := c.StatementColumns[field]; w != "" {
			words = w
		}
		for i, cell := range line {
			cell = clean(cell)
			if cell == words || strings.HasPrefix(cell, words+"(") || strings.HasPrefix(cell, words+"（") {
				columns[field] = i
				break
			}
		}
	}
	for _, must := range []string{"transNo", "orderAmt"} {
		if _, ok := columns[must]; !ok {
			return nil
		}
	}
	return columns
}

// rowsOf reads the lines that are as wide as the header; others are summaries.
// Amounts are fen as everywhere here, or yuan where the header says so or any
// amount has a point.
func (c *Channel) rowsOf(lines [][]string, width int, columns map[string]int, yuan bool) ([]statementRow, error) {
	for _, line := range lines {
		yuan = yuan || len(line) == width && strings.Contains(line[columns["orderAmt"]], ".")
	}
	var rows []statementRow
	for i, line := range lines {
		if len(line) != width {
			continue
		}
		cell := func(field string) string {
			if at, ok := columns[field]; ok {
				return clean(line[at])
			}
			return ""
		}
		amount, ok := statementAmount(cell("orderAmt"), yuan)
		if !ok || cell("transNo") == "" {
			return nil, fmt.Errorf("statement: line %d behind the header has no number or amount", i+1)
		}
		rows = append(rows, statementRow{
			Number: cell("transNo"), Original: cell("origTransNo"), Platform: cell("tradeNo"),
			Amount: channels.Money{Amount: amount, Currency: "CNY"},
			State:  cell("orderStatus"), Kind: cell("payType"), Finished: cell("finishedDate"),
		})
	}
	return rows, nil
}

// statementAmount reads digits, with up to two decimals where they are yuan.
func statementAmount(s string, yuan bool) (int64, bool) {
	minus := strings.HasPrefix(s, "-")
	whole, part, point := strings.Cut(strings.TrimPrefix(s, "-"), ".")
	if whole == "" || len(whole) > 14 || !digits(whole) || !digits(part) || len(part) > 2 || point && (!yuan || part == "") {
		return 0, false
	}
	if yuan {
		whole += (part + "00")[:2]
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if minus {
		n = -n
	}
	return n, err == nil
}

// clean takes off what spreadsheets are kept from guessing with.
func clean(cell string) string { return strings.Trim(strings.TrimSpace(cell), "`'\t ") }

// unzip takes the one file out of an archive.
func unzip(body []byte) ([]byte, error) {
	if !bytes.HasPrefix(body, []byte("PK\x03\x04")) {
		return body, nil
	}
	z, err := zip.NewReader(bytes.NewReader(body), int64(len(body)))
	if err != nil || len(z.File) != 1 {
		return nil, errors.New("statement: is not an archive of one file")
	}
	f, err := z.File[0].Open()
	if err != nil {
		return nil, errors.New("statement: its archive is damaged")
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxStatement+1))
	if err != nil || len(data) > maxStatement {
		return nil, errors.New("statement: its archive is damaged or too large")
	}
	return data, nil
}

// decodeStatement makes UTF-8 of what statement_encoding says, or of what the
// bytes can be.
func (c *Channel) decodeStatement(body []byte) ([]byte, error) {
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	valid := utf8.Valid(body)
	if c.StatementEncoding == "utf-8" && !valid {
		return nil, errors.New("statement: is not UTF-8")
	}
	if c.StatementEncoding == "utf-8" || c.StatementEncoding == "auto" && valid {
		return body, nil
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(body)
	if err != nil || bytes.ContainsRune(text, utf8.RuneError) {
		return nil, errors.New("statement: is neither UTF-8 nor GBK")
	}
	return text, nil
}
