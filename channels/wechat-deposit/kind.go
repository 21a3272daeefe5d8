package wechatdeposit

// kind is one of the family's calls, or a set of them.
type kind uint16

const (
	pay kind = 1 << iota
	create
	query
	reverse
	consume
	refund
	refundQuery
	every = 1<<iota - 1
)

func (k kind) path() string {
	switch k {
	case pay:
		return payPath
	case create:
		return createPath
	case query:
		return queryPath
	case reverse:
		return reversePath
	case consume:
		return consumePath
	case refund:
		return refundPath
	}
	return refundQueryPath
}

// mutual is whether a call demands the client certificate (§2, B-7).
func (k kind) mutual() bool { return k&(reverse|consume|refund) != 0 }
