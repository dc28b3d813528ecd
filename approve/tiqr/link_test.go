package tiqr

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"nod/approve"
)

func TestPreview(t *testing.T) {
	n := New(&http.Client{})
	for _, link := range []string{
		"tiqrenroll://https://tiqr.demo.test/tiqr.php?key=1",
		" TIQRenroll://https://tiqr.demo.test/tiqr.php?key=1\n",
		"https://app.demo.test/tiqrenroll/?metadata=https%3A%2F%2Ftiqr.demo.test%2Ftiqr.php%3Fkey%3D1",
	} {
		if p, err := n.Preview(link); err != nil || p.Driver != Name || p.Server != origin || len(p.Risks) != 3 {
			t.Errorf("%s: %+v, %v", link, p, err)
		}
	}
	if p, err := n.Preview("tiqrenroll://http://127.0.0.1:8000/metadata?k=1"); err != nil || p.Server != "http://127.0.0.1:8000" || len(p.Risks) != 4 {
		t.Errorf("this machine: %+v, %v", p, err)
	}
}

func TestBadEnrolLink(t *testing.T) {
	n := New(&http.Client{})
	for link, want := range map[string]error{
		"":                                       approve.ErrNotMine,
		"otpauth://totp/x?secret=AA":             approve.ErrNotMine,
		"https://tiqr.demo.test/":                approve.ErrNotMine,
		"https://tiqr.demo.test/?metadata=":      approve.ErrNotMine,
		"https://tiqr.demo.test/?metadata=about": approve.ErrNotMine,
		"http://app.demo.test/?metadata=https%3A%2F%2Ftiqr.demo.test%2F":              approve.ErrNotMine,
		"tiqrauth://tiqr.demo.test/" + strings.Repeat("a", 32) + "/0123456789/sp/2":   approve.ErrNotMine,
		"https://x.test/?s=" + strings.Repeat("a", 32) + "&q=0123456789&i=x.test&v=2": approve.ErrNotMine,
		"tiqrenroll://https://x.test/" + strings.Repeat("a", maxLink):                 approve.ErrNotMine,
		"tiqrenroll://":                                                          approve.ErrAddress,
		"tiqrenroll://tiqr.demo.test/":                                           approve.ErrAddress,
		"tiqrenroll://https://ana:secret@tiqr.demo.test/":                        approve.ErrAddress,
		"tiqrenroll://https://tiqr.demo.test/#key":                               approve.ErrAddress,
		"tiqrenroll://http://tiqr.demo.test/":                                    approve.ErrInsecure,
		"tiqrenroll://file:///etc/passwd":                                        approve.ErrAddress,
		"tiqrenroll://https://169.254.169.254/":                                  nil, // an Offer without Loopback refuses it
		"https://app.demo.test/?metadata=http%3A%2F%2Ftiqr.demo.test%2Ftiqr.php": approve.ErrInsecure,
	} {
		if p, err := n.Preview(link); !errors.Is(err, want) {
			t.Errorf("%q: %+v, %v, want %v", link, p, err, want)
		}
	}
	if _, err := enrolURL("tiqrenroll://https://169.254.169.254/", false); !errors.Is(err, approve.ErrInsecure) {
		t.Errorf("link-local: %v", err)
	}
}

func TestParseSignIn(t *testing.T) {
	const session, question = "0123456789abcdef0123456789ABCDEF", "aB01234567"
	want := signIn{user: "ana+x y@demo.test", service: "tiqr.demo.test", session: session, question: question, provider: "https://sp.demo.test/a b"}
	for link, want := range map[string]signIn{
		"tiqrauth://ana%2Bx+y%40demo.test@tiqr.demo.test/" + session + "/" + question + "/https%3A%2F%2Fsp.demo.test%2Fa+b/2": want,
		"tiqr://tiqr.demo.test/" + session + "/" + question + "/sp/2":                                                         {service: want.service, session: session, question: question, provider: "sp"},
		"tiqr://tiqr.demo.test/" + session + "/" + question:                                                                   {service: want.service, session: session, question: question},
		"tiqr://tiqr.demo.test/" + session + "/" + question + "/sp/2?https%3A%2F%2Fback.demo.test%2F":                         {service: want.service, session: session, question: question, provider: "sp"},
		"https://app.demo.test/tiqrauth/?u=ana%40demo.test&s=" + session + "&q=" + question + "&i=tiqr.demo.test&v=2":         {user: "ana@demo.test", service: want.service, session: session, question: question},
		" https://app.demo.test/tiqrauth/?s=" + session + "&q=" + question + "&i=tiqr.demo.test\n":                            {service: want.service, session: session, question: question},
	} {
		if got, err := parseSignIn(link); err != nil || got != want {
			t.Errorf("%s: %+v, %v", link, got, err)
		}
	}
}

func TestBadSignIn(t *testing.T) {
	const good = "/0123456789abcdef0123456789abcdef/0123456789"
	mine, notMine := errors.New("an error that is not ErrNotMine"), approve.ErrNotMine
	for link, want := range map[string]error{
		"":                        notMine,
		"otpauth://totp/x":        notMine,
		"tiqrenroll://https://x/": notMine,
		"http://x.test/?s=0123456789abcdef&q=0123456789&i=x&v=2":           notMine,
		"https://x.test/?s=0123456789abcdef&q=0123456789&v=2":              notMine,
		"https://x.test/?s=0123456789abcdefg&q=0123456789&i=x&v=2":         notMine,
		"https://x.test/?s=0123456789abcdef&q=search&i=x&v=2":              notMine,
		"tiqrauth://x.test" + good + "/sp/" + strings.Repeat("2", maxLink): notMine,
		"https://x.test/?s=0123456789abcdef&q=0123456789&i=x&v=3":          mine,
		"tiqrauth://":                                                        mine,
		"tiqrauth://x.test":                                                  mine,
		"tiqrauth://x.test/0123456789abcdef":                                 mine,
		"tiqrauth:///0123456789abcdef/0123456789/sp/2":                       mine,
		"tiqrauth://@x.test" + good + "/sp/2":                                mine,
		"tiqrauth://%zz@x.test" + good + "/sp/2":                             mine,
		"tiqrauth://a%0Ab@x.test" + good + "/sp/2":                           mine,
		"tiqrauth://x\x1b[2J.test" + good + "/sp/2":                          mine,
		"tiqrauth://x.test/0123456789abcd/0123456789/sp/2":                   mine,
		"tiqrauth://x.test/0123456789abcdef0/0123456789/sp/2":                mine,
		"tiqrauth://x.test/" + strings.Repeat("ab", 33) + "/0123456789/sp/2": mine,
		"tiqrauth://x.test/0123456789abcdef//sp/2":                           mine,
		"tiqrauth://x.test/0123456789abcdef/01234x/sp/2":                     mine,
		"tiqrauth://x.test" + good + "/%zz/2":                                mine,
		"tiqrauth://x.test" + good + "/sp/two":                               mine,
		"tiqrauth://x.test" + good + "/sp/3":                                 mine,
		"tiqrauth://x.test" + good + "/sp/2/more":                            mine,
	} {
		got, err := parseSignIn(link)
		if err == nil || errors.Is(err, approve.ErrNotMine) != (want == notMine) {
			t.Errorf("%q: %+v, %v, want %v", link, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "0123456789") {
			t.Errorf("%q: the error repeats the link: %v", link, err)
		}
	}
}

// FuzzEnrolLink: an address that is taken is one that a driver may call, and the link
// is of one kind only.
func FuzzEnrolLink(f *testing.F) {
	for _, link := range []string{
		"tiqrenroll://https://tiqr.demo.test/tiqr.php?key=1", "tiqrenroll://http://127.0.0.1/",
		"https://app.demo.test/?metadata=https%3A%2F%2Ftiqr.demo.test%2F", "https://x/?metadata=https%3A%2F%2Fy&s=0123456789abcdef&q=01&i=x",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		u, err := enrolURL(link, false)
		if err != nil {
			return
		}
		if u.Scheme != "https" || u.User != nil || u.Hostname() == "" {
			t.Errorf("%q leads to %q", link, u)
		}
		if _, err := approve.ServerURL(u.String(), false); err != nil {
			t.Errorf("%q leads to %q, which is refused as text: %v", link, u, err)
		}
	})
}

// FuzzSignIn: what is taken can be answered and shown, and survives being written again.
func FuzzSignIn(f *testing.F) {
	for _, link := range []string{
		"tiqrauth://ana%40demo.test@tiqr.demo.test/0123456789abcdef0123456789abcdef/0123456789/sp/2",
		"tiqr://x/0123456789abcdef/0/", "https://x/?u=a&s=0123456789abcdef&q=01&i=x&v=2", "tiqr://a@b@c/0123456789abcdef/01/%25/2",
	} {
		f.Add(link)
	}
	f.Fuzz(func(t *testing.T, link string) {
		s, err := parseSignIn(link)
		if err != nil {
			return
		}
		if !isHex(s.session) || s.question == "" || !isIdentifier(s.service) || approve.LongText(s.user) != s.user {
			t.Fatalf("%q gave %+v", link, s)
		}
		s.provider = ""
		query := url.Values{"u": {s.user}, "i": {s.service}, "s": {s.session}, "q": {s.question}}
		again, err := parseSignIn("https://app.demo.test/?" + query.Encode())
		if err != nil || again != s {
			t.Fatalf("%q gave %+v, then %+v, %v", link, s, again, err)
		}
	})
}
