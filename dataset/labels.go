package dataset

// EncodeClasses returns class indices for labels that are text, and the names of
// the classes, for Y and Classes of a data set. The classes are ordered as [CSV]
// orders them: by number if all are numbers and by text otherwise. It takes O(n).
func EncodeClasses(labels []string) (y []int, classes []string) {
	index := map[string]int{}
	var found []string // in order of appearance
	y = make([]int, len(labels))
	for i, label := range labels {
		k, known := index[label]
		if !known {
			k = len(found)
			index[label] = k
			found = append(found, label)
		}
		y[i] = k
	}
	classes, places := sortNames(found)
	for i, k := range y {
		y[i] = places[k]
	}
	return y, classes
}
