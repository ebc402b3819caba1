//go:build !amd64 || noasm || race

package tree

// walk is walkGo without categories.
func (w *walking) walk(keys, leaves []uint64) { w.walkGo(keys, leaves, nil) }
