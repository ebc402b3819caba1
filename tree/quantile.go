package tree

import "math/rand/v2"

// weighted is a value with a weight.
type weighted struct{ value, weight float64 }

// weightedQuantile is the least value that at least a share q of the weight does
// not exceed; between two values that divide the weight so exactly, it is their
// middle. It reorders the values, of which there is at least one.
//
// It is found by selection (Hoare, Communications of the ACM 4, 1961), in time
// proportional to their number.
func weightedQuantile(v []weighted, q float64) float64 {
	total := 0.0
	for _, e := range v {
		total += e.weight
	}
	target := q * total
	rng := rand.NewPCG(uint64(len(v)), 0)
	smaller := 0.0 // weight of the values that have been found to be smaller
	for {
		pivot := v[below(rng, len(v))].value
		// Smaller ones to the front, larger ones to the end.
		lo, hi, weight, equal := 0, len(v), 0.0, 0.0
		for i := lo; i < hi; {
			switch e := v[i]; {
			case e.value < pivot:
				weight += e.weight
				v[i], v[lo] = v[lo], e
				lo++
				i++
			case e.value > pivot:
				hi--
				v[i], v[hi] = v[hi], e
			default:
				equal += e.weight
				i++
			}
		}
		switch at := smaller + weight + equal; {
		case lo > 0 && smaller+weight > target:
			v = v[:lo]
		case lo > 0 && smaller+weight == target:
			return largestOf(v[:lo])/2 + pivot/2
		case at > target || hi == len(v):
			return pivot
		case at == target:
			return pivot/2 + leastOf(v[hi:])/2
		default:
			smaller = at
			v = v[hi:]
		}
	}
}

func largestOf(v []weighted) float64 {
	top := v[0].value
	for _, e := range v {
		top = max(top, e.value)
	}
	return top
}

func leastOf(v []weighted) float64 {
	least := v[0].value
	for _, e := range v {
		least = min(least, e.value)
	}
	return least
}
