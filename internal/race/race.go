//go:build race

// Package race tells tests whether they run under the race detector, which
// allocates, drops what pools hold, and takes ten times as long.
package race

const Enabled = true
