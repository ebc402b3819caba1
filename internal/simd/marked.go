package simd

// MarkedSlack is how many more elements than the list the spill of [PartitionMarked]
// holds.
const MarkedSlack = 16

// PartitionMarked moves the words of list whose bit is set in marks to the front, in
// order, and the others, in order, behind them, and returns how many were moved.
// The bit of a word is the one numbered word >> shift. spill has room for
// len(list) + MarkedSlack words.
func PartitionMarked(list []uint32, marks []uint64, shift uint, spill []uint32) int {
	left := 0
	// One call of the kernel stays well under 100 µs.
	const step = 1 << 14
	if len(list) <= step {
		left = partitionMarked(list, marks, shift, spill)
		copy(list[left:], spill[:len(list)-left])
		return left
	}
	// What goes right is kept in spill until all is known.
	right := 0
	for at := 0; at < len(list); at += step {
		part := list[at:min(at+step, len(list))]
		k := partitionMarked(part, marks, shift, spill[right:])
		copy(list[left:], part[:k])
		left += k
		right += len(part) - k
	}
	copy(list[left:], spill[:right])
	return left
}

// FewRows is the largest number of rows for [PartitionFew].
const FewRows = 16

// PartitionFew is [PartitionMarked] for the words of each of several lists from lo
// on, which are those of divided in another order: there, those that are marked
// are the first left ones. A list that has other words there keeps these, in any
// order. spill has room for FewRows + MarkedSlack words.
func PartitionFew(lists [][]uint32, lo int, divided []uint32, left int, marks []uint64, shift uint, spill []uint32) {
	for _, list := range lists {
		_ = list[lo : lo+len(divided)]
	}
	if len(divided) > FewRows || left > len(divided) {
		panic("simd: PartitionFew with many rows")
	}
	if left > 0 && left < len(divided) && len(lists) > 0 {
		partitionFew(lists, lo, divided, left, marks, shift, spill)
	}
}

func partitionFewGo(lists [][]uint32, lo int, divided []uint32, marks []uint64, shift uint, spill []uint32) {
	for _, list := range lists {
		list = list[lo : lo+len(divided)]
		left := partitionMarkedGo(list, marks, shift, spill)
		copy(list[left:], spill)
	}
}

// partitionMarkedGo moves the marked words to the front of list and the others to spill.
func partitionMarkedGo(list []uint32, marks []uint64, shift uint, spill []uint32) int {
	shift &= 31
	spill = spill[:len(list)]
	l, r := 0, 0
	for _, e := range list {
		row := e >> shift
		goes := int(marks[row>>6] >> (row & 63) & 1)
		list[l] = e
		spill[r] = e
		l += goes
		r += 1 - goes
	}
	return l
}
