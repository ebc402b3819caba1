package cluster

import "sync/atomic"

// sets are disjoint sets of indices, which may be joined by several goroutines at
// once. What is in the same set in the end does not depend on the order.
type sets []atomic.Int32 // parent of each index; itself for a root

func newSets(n int) sets {
	s := make(sets, n)
	for i := range s {
		s[i].Store(int32(i))
	}
	return s
}

// find returns the root of the set of i, and shortens the way there. A root is
// the lowest index of its set.
func (s sets) find(i int32) int32 {
	for {
		parent := s[i].Load()
		if parent == i {
			return i
		}
		if grand := s[parent].Load(); grand != parent {
			s[i].CompareAndSwap(parent, grand)
		}
		i = parent
	}
}

// join makes one set of those of i and j.
func (s sets) join(i, j int32) {
	for {
		i, j = s.find(i), s.find(j)
		if i == j {
			return
		}
		if i < j {
			i, j = j, i
		}
		if s[i].CompareAndSwap(i, j) {
			return
		}
	}
}

// joined reports whether the indices of two ranges are all in one set.
func (s sets) joined(lo, hi, from, to int) bool {
	root := s.find(int32(lo))
	for i := from; i < to; i++ {
		if s.find(int32(i)) != root {
			return false
		}
	}
	for i := lo + 1; i < hi; i++ {
		if s.find(int32(i)) != root {
			return false
		}
	}
	return true
}
