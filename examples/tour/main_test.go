package main

import (
	"os"
	"strings"
	"testing"
)

// The tour in the README is this program, from its imports on.
func TestReadmeShowsThisProgram(t *testing.T) {
	program, err := os.ReadFile("main.go")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(string(program), "func main() {\n")
	body = strings.TrimSuffix(body, "}\n")
	var shown []string
	for line := range strings.Lines(body) {
		shown = append(shown, strings.TrimPrefix(line, "\t"))
	}
	if !strings.Contains(string(readme), "```go\n"+strings.Join(shown, "")+"```") {
		t.Errorf("README.md does not show the program:\n%s", strings.Join(shown, ""))
	}
}
