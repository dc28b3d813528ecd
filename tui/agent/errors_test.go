package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"nod/approve"
	"nod/vault"
)

// travel is an error after it went over the socket.
func travel(t *testing.T, err error) error {
	t.Helper()
	text, merr := json.Marshal(wireError(err))
	if merr != nil {
		t.Fatal(merr)
	}
	var w *errorWire
	if uerr := json.Unmarshal(text, &w); uerr != nil {
		t.Fatal(uerr)
	}
	return w.error()
}

func TestErrorsTravel(t *testing.T) {
	if err := travel(t, nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	for _, s := range sentinels {
		err := travel(t, fmt.Errorf("while at work: %w", s.err))
		if !errors.Is(err, s.err) || err.Error() != "while at work: "+s.err.Error() {
			t.Errorf("%s became %v", s.name, err)
		}
		for _, other := range sentinels {
			if errors.Is(err, other.err) != errors.Is(s.err, other.err) {
				t.Errorf("%s is %s there: %v", s.name, other.name, errors.Is(err, other.err))
			}
		}
	}
	for _, sent := range []error{
		&vault.PINError{Kind: vault.SlotPIN, Left: 3, Wait: 2 * time.Second}, &vault.PINError{Kind: vault.SlotPIN},
		&vault.WaitError{Until: time.Unix(1_700_000_000, 0).UTC()}, &vault.BusyError{PID: 7},
		&vault.DamagedError{File: "f", Offset: 3, What: "header", Backup: "b"}, &vault.WhichPINError{Names: []string{"", "ana"}},
		&vault.DuplicateError{Existing: vault.Account{ID: "a-1", Issuer: "RMS"}, SameKey: true},
		&vault.PINFormatError{Reason: "r"}, &vault.WeakPINError{Rule: "r"}, &vault.WeakPassphraseError{Rule: "r"},
		&approve.AnsweredError{State: approve.Denied, Device: "phone", At: time.Unix(1_700_000_000, 0).UTC()},
		&approve.LimitedError{RetryAfter: time.Minute, Message: "m"}, &approve.BadCodeError{Left: 2, Mail: true},
		&approve.RulesError{File: "f", Line: 3, Text: "t", Hint: "h"}, &approve.LastMethodError{Devices: 1, SecurityURL: "https://demo.test"},
	} {
		err := travel(t, fmt.Errorf("while at work: %w", sent))
		found := reflect.New(reflect.TypeOf(sent))
		if !errors.As(err, found.Interface()) || !reflect.DeepEqual(found.Elem().Interface(), sent) {
			t.Errorf("%#v became %#v", sent, err)
		}
		if slices.ContainsFunc(typed, func(e error) bool { return reflect.TypeOf(e) == reflect.TypeOf(sent) }) == false {
			t.Errorf("%T is not in the list", sent)
		}
	}
	if err := travel(t, &vault.PINError{Kind: vault.SlotPIN}); !errors.Is(err, vault.ErrPINDisabled) {
		t.Error("the last wrong PIN is no ErrPINDisabled any more")
	}
}

// Whoever adds an error to vault or approve adds it to the lists here.
func TestErrorsAreListed(t *testing.T) {
	listed := map[string]bool{}
	for _, s := range sentinels {
		listed[s.name] = true
	}
	for _, e := range typed {
		listed[typeName(e)] = true
	}
	for _, pkg := range []string{"vault", "approve"} {
		files, err := filepath.Glob(filepath.Join("..", "..", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatal(files, err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, name := range errorsOf(f) {
				if !listed[pkg+"."+name] {
					t.Errorf("%s.%s (%s) is in neither list of errors.go", pkg, name, filepath.Base(file))
				}
			}
		}
	}
}

// errorsOf names the exported errors of a file: variables Err..., types ...Error.
func errorsOf(f *ast.File) (names []string) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				for _, n := range spec.Names {
					if g.Tok == token.VAR && strings.HasPrefix(n.Name, "Err") {
						names = append(names, n.Name)
					}
				}
			case *ast.TypeSpec:
				if spec.Name.IsExported() && strings.HasSuffix(spec.Name.Name, "Error") {
					names = append(names, spec.Name.Name)
				}
			}
		}
	}
	return names
}
