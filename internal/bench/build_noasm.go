//go:build noasm && !openblas

package main

const build = "noasm"
