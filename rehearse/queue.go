package rehearse

// what names what the simulation does at an instant.
type what uint8

const (
	arrives what = iota // a lead comes in
	falls               // a lead's next deadline is there
	notices             // somebody turns to a lead of which he was told
	isFree              // somebody can do the next thing
	visits              // an appointment begins
	answers             // a customer without a number gives one
	resumes             // a manager ends the pause of new leads for somebody
	begins              // a follow-up begins a new run of a closed lead
)

// moment is something that happens at an instant, in Unix nanoseconds. Of two
// at the same instant the one that was planned first comes first.
type moment struct {
	at     int64
	order  uint64
	what   what
	person int32
	lead   *life
}

func (m moment) before(o moment) bool { return m.at < o.at || (m.at == o.at && m.order < o.order) }

// task is a lead that somebody has to look at; the one that is due first comes
// first.
type task struct {
	due   int64
	order uint64
	lead  *life
}

//nolint:unused // the heap calls it
func (t task) before(o task) bool { return t.due < o.due || (t.due == o.due && t.order < o.order) }

// heap keeps its least element in front.
type heap[T interface{ before(o T) bool }] []T

func (h *heap[T]) push(x T) {
	*h = append(*h, x)
	list := *h
	for i := len(list) - 1; i > 0; {
		parent := (i - 1) / 2
		if !list[i].before(list[parent]) {
			return
		}
		list[i], list[parent] = list[parent], list[i]
		i = parent
	}
}

// pop takes the least element out of a heap that is not empty.
func (h *heap[T]) pop() T {
	list := *h
	var none T
	least, last := list[0], len(list)-1
	list[0], list[last] = list[last], none
	list = list[:last]
	*h = list
	for i := 0; ; {
		child := 2*i + 1
		if child >= last {
			return least
		}
		if child+1 < last && list[child+1].before(list[child]) {
			child++
		}
		if !list[child].before(list[i]) {
			return least
		}
		list[i], list[child] = list[child], list[i]
		i = child
	}
}
