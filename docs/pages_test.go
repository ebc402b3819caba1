// Package docs checks the pages in its folder.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Every block of Go in the pages is a part of a function that is compiled and run.
func TestCodeRuns(t *testing.T) {
	source, err := os.ReadFile("example_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var program strings.Builder
	for line := range strings.Lines(string(source)) {
		program.WriteString(strings.TrimPrefix(line, "\t"))
	}
	blocks := 0
	for name, page := range pages(t) {
		for _, block := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(page, -1) {
			blocks++
			if !strings.Contains(program.String(), block[1]) {
				t.Errorf("%s: no example contains\n%s", name, block[1])
			}
		}
	}
	if blocks == 0 {
		t.Error("no blocks of Go")
	}
}

// Every name such as linear.Logistic or linear.Logistic.C in the pages is declared.
func TestNamesExist(t *testing.T) {
	declared, packages := declarations(t), strings.Join(rooms, "|")
	packages = strings.ReplaceAll(packages, "dataset/", "")
	packages = strings.ReplaceAll(packages, "metrics/", "")
	mention := regexp.MustCompile(`\b(?:` + packages + `)\.[A-Z]\w*(?:\.[A-Z]\w*)?`)
	for name, page := range pages(t) {
		names := mention.FindAllString(page, -1)
		if len(names) == 0 {
			t.Errorf("%s names nothing", name)
		}
		for _, n := range names {
			if !declared[n] {
				t.Errorf("%s: there is no %s", name, n)
			}
		}
	}
}

// Every estimator has its place in the advice which to choose, and beside that of
// scikit-learn that it stands for.
func TestEveryEstimatorIsAdvised(t *testing.T) {
	fit := regexp.MustCompile(`(?m)^func \(\w* ?\*?([A-Z]\w*)(?:\[[^\]]*\])?\) Fit\(`)
	for _, room := range []string{"linear", "tree", "svm", "cluster", "decomposition", "dataset/preprocess"} {
		code, _ := sources(t, room)
		for _, m := range fit.FindAllStringSubmatch(code, -1) {
			name := regexp.MustCompile(`\b` + filepath.Base(room) + "." + m[1] + `\b`)
			for file, page := range pages(t) {
				if !name.MatchString(page) {
					t.Errorf("%s does not mention %s.%s", file, room, m[1])
				}
			}
		}
	}
}

var rooms = []string{"dataset", "dataset/preprocess", "model", "linear", "tree", "svm", "cluster", "decomposition", "metrics", "metrics/plots"}

// declarations returns what the packages export: their names, and the fields and
// methods of their types.
func declarations(t *testing.T) map[string]bool {
	declared := map[string]bool{}
	for _, room := range rooms {
		files, err := filepath.Glob(filepath.Join("..", room, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(room, err)
		}
		prefix := filepath.Base(room) + "."
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				declare(declared, prefix, d)
			}
		}
	}
	return declared
}

func declare(declared map[string]bool, prefix string, d ast.Decl) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if d.Recv != nil {
			receiver := d.Recv.List[0].Type
			if star, ok := receiver.(*ast.StarExpr); ok {
				receiver = star.X
			}
			switch r := receiver.(type) { // of a generic type it is an index expression
			case *ast.Ident:
				name = r.Name + "." + name
			case *ast.IndexExpr:
				name = r.X.(*ast.Ident).Name + "." + name
			case *ast.IndexListExpr:
				name = r.X.(*ast.Ident).Name + "." + name
			}
		}
		declared[prefix+name] = true
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range s.Names {
					declared[prefix+n.Name] = true
				}
			case *ast.TypeSpec:
				declared[prefix+s.Name.Name] = true
				if fields, ok := s.Type.(*ast.StructType); ok {
					for _, field := range fields.Fields.List {
						for _, n := range field.Names {
							declared[prefix+s.Name.Name+"."+n.Name] = true
						}
						if embedded, ok := field.Type.(*ast.Ident); ok && field.Names == nil {
							declared[prefix+s.Name.Name+"."+embedded.Name] = true
						}
					}
				}
			}
		}
	}
}

func pages(t *testing.T) map[string]string {
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) < 2 {
		t.Fatal(files, err)
	}
	pages := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[file] = string(text)
	}
	return pages
}
