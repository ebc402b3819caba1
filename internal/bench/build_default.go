//go:build !openblas && !noasm

package main

const build = "default"
