//go:build openblas

package main

const build = "openblas"
