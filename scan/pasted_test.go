package scan

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPasted(t *testing.T) {
	const link = "otpauth://totp/A:b?secret=JBSWY3DPEHPK3PXP&issuer=A"
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"a link":                  {" " + link + "\n", []string{link}},
		"broken by a terminal":    {link[:30] + "\r\n" + link[30:], []string{link}},
		"two":                     {link + "\r" + "otpauth-migration://offline?data=AA\n", []string{link, "otpauth-migration://offline?data=AA"}},
		"pairing":                 {"nod://pair?v=1", []string{"nod://pair?v=1"}},
		"words":                   {"scan this code\n" + link, []string{link}},
		"words after":             {link + "\nthis is it", []string{link}},
		"a path":                  {"/home/ana/setup.png", nil},
		"a drive":                 {`C:\setup.png`, nil},
		"nothing":                 {"", nil},
		"blank":                   {" \n\n", nil},
		"not ascii":               {"otpauth://x\nü", nil},
		"a password is no code":   {"hunter2", nil},
		"a time is no code":       {"at 10:30", nil},
		"an answer with a colon:": {"no: thanks", nil},
	} {
		r, err := Pasted(test.text)
		var got []string
		for _, c := range r.Codes {
			got = append(got, c.Text)
		}
		if err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, %v, want %q", name, got, err, test.want)
		}
	}
}

func TestPastedPicture(t *testing.T) {
	for _, bad := range []string{"data:image/png;base64,AAAA", "data:image/png;base64", "data:,%zz", "data:image/png;base64,!!", "DATA:image/png;base64,"} {
		if r, err := Pasted(bad); err == nil {
			t.Errorf("%q gives %v", bad, r)
		} else if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("%q: %v is no *FormatError", bad, err)
		}
	}
}

func FuzzPasted(f *testing.F) {
	for _, s := range []string{"otpauth://x", "data:image/png;base64," + base64.StdEncoding.EncodeToString([]byte("\x89PNG")), "data:,", "a\r\nb", "█▀▄"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := Pasted(text)
		if err != nil && len(r.Codes) > 0 {
			t.Errorf("codes with an error: %v, %v", r, err)
		}
	})
}

func TestPath(t *testing.T) {
	home := filepath.FromSlash("/home/ana")
	if filepath.Separator != '/' {
		t.Skip("the paths are those of Unix")
	}
	for text, want := range map[string]struct {
		path string
		sure bool
	}{
		"setup.png":                        {"setup.png", true},
		" '/tmp/set up.PNG' ":              {"/tmp/set up.PNG", true},
		`/tmp/set\ up.jpeg`:                {"/tmp/set up.jpeg", true},
		"file:///tmp/set%20up.png":         {"/tmp/set up.png", true},
		"~/setup.png":                      {"/home/ana/setup.png", true},
		"~ben/setup.png":                   {"~ben/setup.png", true},
		"~":                                {"~", false},
		"~/codes":                          {"/home/ana/codes", false},
		"":                                 {"", false},
		"'":                                {"'", false},
		"otpauth://totp/x.png":             {"otpauth://totp/x.png", false},
		"a\nb.png":                         {"a\nb.png", false},
		strings.Repeat("a", 5000) + ".png": {strings.Repeat("a", 5000) + ".png", false},
	} {
		if path, sure := Path(text, home); path != want.path || sure != want.sure {
			t.Errorf("%.40q is %.40q, %v, want %.40q, %v", text, path, sure, want.path, want.sure)
		}
	}
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.png", "a.JPG", "c.txt", ".d.png", "sub.png/e.png", "f.png"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	paths, more, err := Folder(dir)
	var names []string
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	if want := []string{"a.JPG", "b.png", "f.png"}; err != nil || more != 0 || !slices.Equal(names, want) {
		t.Errorf("%v, %d more, %v, want %v", names, more, err, want)
	}
	for i := range MaxFolder {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("z%03d.png", i)), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if paths, more, err := Folder(dir); err != nil || more != 3 || len(paths) != MaxFolder {
		t.Errorf("%d pictures, %d more, %v, want %d and 3", len(paths), more, err, MaxFolder)
	}
	if _, _, err := Folder(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
