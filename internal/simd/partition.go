package simd

// PartitionPadding is how many bytes [Partition] may read beyond the last one of a
// column.
const PartitionPadding = 3

// Partition copies the rows, which are in ascending order, whose byte of column is in
// the set to the front of members, and the others to the front of rest, both in
// order, and returns how many the former are. members, which may be rows itself, and
// rest are as long as rows; beyond what is returned, both hold anything. column has
// [PartitionPadding] bytes after that of the last row.
func Partition(rows, members, rest []uint32, column []uint8, set *[8]uint32) int {
	return partition(rows, members[:len(rows)], rest[:len(rows)], column, set)
}

func partitionGo(rows, members, rest []uint32, column []uint8, set *[8]uint32) int {
	var in [256]uint8
	for v := range in {
		in[v] = uint8(set[v>>5] >> (v & 31) & 1)
	}
	l, r := 0, 0
	for _, row := range rows {
		member := int(in[column[row]])
		members[l] = row
		rest[r] = row
		l += member
		r += 1 - member
	}
	return l
}
