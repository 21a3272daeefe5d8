package printer

import (
	"strconv"
	"strings"
)

// nameColumns is the narrowest column for names beside their prices that still
// reads well: ten Chinese characters, or two English words.
const nameColumns = 20

// goods are the items, or the description where there are none. On wide paper
// they are a table: name, quantity and price, sum. On narrow paper a name has
// the line to itself and the figures stand below, unless all names are short.
func (s *slip) goods() {
	if len(s.r.Items) == 0 {
		s.text(s.r.Description, 0, Left)
		return
	}
	rows, w := s.rows()
	room := s.columns - w.each - w.sum - 4
	if room >= nameColumns || w.name <= room && room > 0 {
		for _, row := range rows {
			s.tableRow(row, room, w.sum)
		}
		return
	}
	for _, row := range rows {
		s.text(row.name, 0, Left)
		s.pair("  "+row.each, row.sum, 0)
	}
}

// row is an item as text; widths are the widest of each of its parts.
type (
	row    struct{ name, each, sum string }
	widths struct{ name, each, sum int }
)

func (s *slip) rows() ([]row, widths) {
	rows, w := make([]row, len(s.r.Items)), widths{}
	for i, it := range s.r.Items {
		r := row{clean(it.Name), it.each(s.r.Currency), it.sum(s.r.Currency)}
		w = widths{max(w.name, Columns(r.name)), max(w.each, len(r.each)), max(w.sum, len(r.sum))}
		rows[i] = r
	}
	return rows, w
}

// tableRow sets the figures beside the name, sums under one another; the name's
// further lines follow, indented.
func (s *slip) tableRow(r row, room, sum int) {
	name, rest := wrap(r.name, room)
	s.add(Element{Kind: Pair, Text: name, Right: r.each + "  " + padLeft(r.sum, sum)})
	for rest != "" {
		name, rest = wrap(rest, room-2)
		s.add(Element{Kind: Line, Text: "  " + name})
	}
}

// each is quantity and price. It is written with the letter x: the sign × is two
// columns wide on a Chinese printer and missing on others.
func (it Item) each(currency string) string {
	return strconv.FormatInt(it.Quantity, 10) + " x " + number(it.Price, currency)
}

// sum is empty where it leaves int64: a wrapped figure would be a false one.
func (it Item) sum(currency string) string {
	total := it.Quantity * it.Price
	if it.Quantity != 0 && total/it.Quantity != it.Price {
		return ""
	}
	return number(total, currency)
}

// padLeft fills ASCII figures up to n columns.
func padLeft(s string, n int) string {
	return strings.Repeat(" ", max(0, n-len(s))) + s
}
