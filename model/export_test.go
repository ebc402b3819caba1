package model

import "fmt"

// RegisteredKinds returns "kind-version" for every format that can be loaded.
func RegisteredKinds() []string {
	registry.mu.RLock()
	defer registry.mu.RUnlock()
	var kinds []string
	for kind, versions := range registry.byKind {
		for version := range versions {
			kinds = append(kinds, fmt.Sprintf("%s-%d", kind, version))
		}
	}
	return kinds
}
