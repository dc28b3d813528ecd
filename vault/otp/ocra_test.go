package otp

// This file: OCRA against the RFC's values and tiqr's, what a suite may hold, and
// what its inputs may be.

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/binary"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"
)

const (
	ocraKey20 = "12345678901234567890"
	ocraKey32 = "12345678901234567890123456789012"
	ocraKey64 = "1234567890123456789012345678901234567890123456789012345678901234"
)

// ocraTime is the time of RFC 6287, appendix C: 0x132d0b6 minutes.
var ocraTime = time.Date(2008, 3, 25, 12, 6, 30, 0, time.UTC)

// TestOCRAVectors holds RFC 6287, appendix C. The hash of the PIN 1234, the counter
// and the time are given to all; a suite takes what it names.
func TestOCRAVectors(t *testing.T) {
	pin := sha1.Sum([]byte("1234"))
	for _, v := range []struct {
		suite, key string
		question   string // %d: the number of the value
		want       []string
	}{
		{"OCRA-1:HOTP-SHA1-6:QN08", ocraKey20, "%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d", []string{
			"237653", "243178", "653583", "740991", "608993", "388898", "816933", "224598", "750600", "294470",
		}},
		{"OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1", ocraKey32, "12345678", []string{
			"65347737", "86775851", "78192410", "71565254", "10104329", "65983500", "70069104", "91771096", "75011558", "08522129",
		}},
		{"OCRA-1:HOTP-SHA256-8:QN08-PSHA1", ocraKey32, "%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d", []string{
			"83238735", "01501458", "17957585", "86776967", "86807031",
		}},
		{"OCRA-1:HOTP-SHA512-8:C-QN08", ocraKey64, "%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d", []string{
			"07016083", "63947962", "70123924", "25341727", "33203315", "34205738", "44343969", "51946085", "20403879", "31409299",
		}},
		{"OCRA-1:HOTP-SHA512-8:QN08-T1M", ocraKey64, "%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d%[1]d", []string{
			"95209754", "55907591", "22048402", "24218844", "36209546",
		}},
		// Both sides answer: the questions of client and server, one after the other.
		{"OCRA-1:HOTP-SHA256-8:QA08", ocraKey32, "CLI2222%[1]dSRV1111%[1]d", []string{
			"28247970", "01984843", "65387857", "03351211", "83412541",
		}},
		{"OCRA-1:HOTP-SHA256-8:QA08", ocraKey32, "SRV1111%[1]dCLI2222%[1]d", []string{
			"15510767", "90175646", "33777207", "95285278", "28934924",
		}},
		{"OCRA-1:HOTP-SHA512-8:QA08", ocraKey64, "CLI2222%[1]dSRV1111%[1]d", []string{
			"79496648", "76831980", "12250499", "90856481", "12761449",
		}},
		{"OCRA-1:HOTP-SHA512-8:QA08-PSHA1", ocraKey64, "SRV1111%[1]dCLI2222%[1]d", []string{
			"18806276", "70020315", "01600026", "18951020", "32528969",
		}},
		// Signatures.
		{"OCRA-1:HOTP-SHA256-8:QA08", ocraKey32, "SIG1%[1]d000", []string{
			"53095496", "04110475", "31331128", "76028668", "46554205",
		}},
		{"OCRA-1:HOTP-SHA512-8:QA10-T1M", ocraKey64, "SIG1%[1]d00000", []string{
			"77537423", "31970405", "10235557", "95213541", "65360607",
		}},
	} {
		for i, want := range v.want {
			question := v.question
			if strings.Contains(question, "%") {
				question = fmt.Sprintf(question, i)
			}
			checkOCRA(t, v.suite, v.key, OCRAInput{Counter: uint64(i), Question: question, PINHash: pin[:], Time: ocraTime}, want)
		}
	}
}

// TestOCRASession holds values of tiqr servers, whose sessions are shorter than the
// 64 bytes that S without a number stands for.
func TestOCRASession(t *testing.T) {
	count := func(from, to byte) (b []byte) {
		for c := from; c < to; c++ {
			b = append(b, c)
		}
		return b
	}
	for _, v := range []struct {
		suite, question string
		session         []byte
		want            string
	}{
		{"OCRA-1:HOTP-SHA1-6:QH10-S", "0000000000", count(0, 0x20), "525367"},
		{"OCRA-1:HOTP-SHA1-6:QH10-S", "0000000000", count(0, 0x10), "539871"},
		{"OCRA-1:HOTP-SHA1-6:QH10-S064", "2222222222", count(0x40, 0x60), "468209"},
		{"OCRA-1:HOTP-SHA1-6:QH10-S064", "0000000000", count(0, 0x10), "699726"},
		{"OCRA-1:HOTP-SHA1-8:QH10-S", "0000000000", count(0, 0x20), "75158174"},
	} {
		checkOCRA(t, v.suite, ocraKey32, OCRAInput{Question: v.question, Session: v.session}, v.want)
	}
}

// TestOCRADigits computes all lengths a second time, from the definition.
func TestOCRADigits(t *testing.T) {
	for _, digits := range []int{0, 4, 5, 6, 7, 8, 9, 10} {
		suite := fmt.Sprintf("OCRA-1:HOTP-SHA1-%d:QA08", digits)
		mac := hmac.New(sha1.New, []byte(ocraKey20))
		fmt.Fprintf(mac, "%s\x00question%s", suite, make([]byte, 120))
		sum := mac.Sum(nil)
		want := fmt.Sprintf("%x", sum)
		if digits > 0 {
			value := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
			padded := fmt.Sprintf("%010d", value)
			want = padded[10-digits:]
		}
		checkOCRA(t, suite, ocraKey20, OCRAInput{Question: "question"}, want)
	}
}

func TestParseOCRA(t *testing.T) {
	for text, want := range map[string]OCRASuite{
		"OCRA-1:HOTP-SHA1-6:QH10-S":                      {Algorithm: SHA1, Digits: 6, Format: 'H', Length: 10, Session: 64},
		"OCRA-1:HOTP-SHA256-0:QA64":                      {Algorithm: SHA256, Format: 'A', Length: 64},
		"OCRA-1:HOTP-SHA512-10:C-QN04-PSHA512-S512-T48H": {Algorithm: SHA512, Digits: 10, Counter: true, Format: 'N', Length: 4, PIN: SHA512, Session: 512, Step: 48 * 3600},
		"OCRA-1:HOTP-SHA1-4:QN08-PSHA256-T59M":           {Algorithm: SHA1, Digits: 4, Format: 'N', Length: 8, PIN: SHA256, Step: 59 * 60},
		"OCRA-1:HOTP-SHA1-4:QN08-S001-T1S":               {Algorithm: SHA1, Digits: 4, Format: 'N', Length: 8, Session: 1, Step: 1},
	} {
		want.text = text
		got, err := ParseOCRA(text)
		if err != nil || !reflect.DeepEqual(got, want) || got.String() != text {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
}

func TestBadOCRASuite(t *testing.T) {
	for text, want := range map[string]string{
		"":                                              "three parts",
		"OCRA-1:HOTP-SHA1-6":                            "three parts",
		"OCRA-1:HOTP-SHA1-6:QN08:":                      "three parts",
		"OCRA-2:HOTP-SHA1-6:QN08":                       `"OCRA-2"`,
		"ocra-1:HOTP-SHA1-6:QN08":                       `"ocra-1"`,
		"OCRA-1:TOTP-SHA1-6:QN08":                       "is not HOTP",
		"OCRA-1:HOTP-SHA1:QN08":                         "is not HOTP",
		"OCRA-1:HOTP-MD5-6:QN08":                        `hash "MD5"`,
		"OCRA-1:HOTP-sha1-6:QN08":                       `hash "sha1"`,
		"OCRA-1:HOTP-SHA1-3:QN08":                       `"3" digits`,
		"OCRA-1:HOTP-SHA1-11:QN08":                      `"11" digits`,
		"OCRA-1:HOTP-SHA1-+6:QN08":                      `"+6" digits`,
		"OCRA-1:HOTP-SHA1-:QN08":                        `"" digits`,
		"OCRA-1:HOTP-SHA1-6:":                           "no question",
		"OCRA-1:HOTP-SHA1-6:C":                          "no question",
		"OCRA-1:HOTP-SHA1-6:S064":                       "no question",
		"OCRA-1:HOTP-SHA1-6:QN08-C":                     `input "C"`,
		"OCRA-1:HOTP-SHA1-6:QX08":                       "QA, QN or QH",
		"OCRA-1:HOTP-SHA1-6:QN8":                        "two digits",
		"OCRA-1:HOTP-SHA1-6:QN03":                       "04 to 64",
		"OCRA-1:HOTP-SHA1-6:QN65":                       "04 to 64",
		"OCRA-1:HOTP-SHA1-6:QN-8":                       "QA, QN or QH",
		"OCRA-1:HOTP-SHA1-6:QN08-P":                     `hash "" of the PIN`,
		"OCRA-1:HOTP-SHA1-6:QN08-PMD5":                  `hash "MD5" of the PIN`,
		"OCRA-1:HOTP-SHA1-6:QN08-S64":                   "three digits",
		"OCRA-1:HOTP-SHA1-6:QN08-S000":                  "three digits",
		"OCRA-1:HOTP-SHA1-6:QN08-S513":                  "three digits",
		"OCRA-1:HOTP-SHA1-6:QN08-T":                     `time step ""`,
		"OCRA-1:HOTP-SHA1-6:QN08-T0H":                   `time step "0H"`,
		"OCRA-1:HOTP-SHA1-6:QN08-T60S":                  `time step "60S"`,
		"OCRA-1:HOTP-SHA1-6:QN08-T49H":                  `time step "49H"`,
		"OCRA-1:HOTP-SHA1-6:QN08-T1D":                   `time step "1D"`,
		"OCRA-1:HOTP-SHA1-6:QN08-TM":                    `time step "M"`,
		"OCRA-1:HOTP-SHA1-6:QN08-T1M-S064":              "too late",
		"OCRA-1:HOTP-SHA1-6:QN08-S064-S064":             "twice",
		"OCRA-1:HOTP-SHA1-6:QN08-PSHA1-PSHA1":           "twice",
		"OCRA-1:HOTP-SHA1-6:QN08-QN08":                  `input "QN08"`,
		"OCRA-1:HOTP-SHA1-6:QN08-":                      `input ""`,
		"OCRA-1:HOTP-SHA1-6:QN08\x1b[2J":                `\x1b`,
		"OCRA-1:HOTP-SHA1-6:" + strings.Repeat("Q", 99): "longer than",
	} {
		s, err := ParseOCRA(text)
		switch {
		case err == nil:
			t.Errorf("%q: %+v, no error", text, s)
		case !strings.Contains(err.Error(), want):
			t.Errorf("%q: %v; it does not say %q", text, err, want)
		case strings.Contains(err.Error(), "\x1b"):
			t.Errorf("%q: the error holds an escape sequence", text)
		}
	}
}

func TestBadOCRAInput(t *testing.T) {
	for _, v := range []struct {
		suite, key string
		in         OCRAInput
		want       string
	}{
		{"OCRA-1:HOTP-SHA1-6:QN08", "", OCRAInput{Question: "1"}, errEmptySecret.Error()},
		{"OCRA-1:HOTP-SHA1-6:QN08", strings.Repeat("x", maxSecret+1), OCRAInput{Question: "1"}, errLongSecret.Error()},
		{"OCRA-1:HOTP-SHA1-6:QN08", ocraKey20, OCRAInput{}, "question is empty"},
		{"OCRA-1:HOTP-SHA1-6:QN08", ocraKey20, OCRAInput{Question: "-1"}, "not a decimal number"},
		{"OCRA-1:HOTP-SHA1-6:QH10", ocraKey20, OCRAInput{Question: "0x12"}, "not hexadecimal"},
		{"OCRA-1:HOTP-SHA1-6:QN08", ocraKey20, OCRAInput{Question: strings.Repeat("1", 17)}, "longer than two of 8"},
		{"OCRA-1:HOTP-SHA1-6:QN08-PSHA1", ocraKey20, OCRAInput{Question: "1", PINHash: make([]byte, 19)}, "20 bytes, not 19"},
		{"OCRA-1:HOTP-SHA1-6:QN08-S001", ocraKey20, OCRAInput{Question: "1", Session: make([]byte, 2)}, "session is longer than 1"},
		{"OCRA-1:HOTP-SHA1-6:QN08-T1M", ocraKey20, OCRAInput{Question: "1", Time: time.Unix(-1, 0)}, "before 1970"},
	} {
		s, err := ParseOCRA(v.suite)
		if err != nil {
			t.Fatal(err)
		}
		code, err := s.Code([]byte(v.key), v.in)
		if err == nil || code != "" || !strings.Contains(err.Error(), v.want) {
			t.Errorf("%s, %+v: %q, %v; want an error with %q", v.suite, v.in, code, err, v.want)
		}
	}
	if code, err := (OCRASuite{}).Code([]byte(ocraKey20), OCRAInput{Question: "1"}); err == nil {
		t.Errorf("a suite that was not parsed gives %q", code)
	}
}

// FuzzParseOCRA: a suite that can be read makes codes of its length.
func FuzzParseOCRA(f *testing.F) {
	for _, text := range []string{
		"OCRA-1:HOTP-SHA1-6:QH10-S", "OCRA-1:HOTP-SHA512-8:QA10-T1M", "OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1",
		"OCRA-1:HOTP-SHA512-0:C-QN64-PSHA512-S512-T48H", "OCRA-1:HOTP-SHA1-6:QN08-T0H", "OCRA-1:HOTP-SHA1-6:QN08--",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseOCRA(text)
		if err != nil {
			return
		}
		in := OCRAInput{Counter: 7, Question: strings.Repeat("1", 2*s.Length), Session: make([]byte, s.Session), Time: ocraTime}
		if s.PIN != "" {
			in.PINHash = make([]byte, ocraHashes[s.PIN]().Size())
		}
		code, err := s.Code([]byte(ocraKey20), in)
		want := s.Digits
		if want == 0 {
			want = 2 * ocraHashes[s.Algorithm]().Size()
		}
		if err != nil || len(code) != want || s.String() != text {
			t.Fatalf("%q: code %q, %v", text, code, err)
		}
	})
}

func checkOCRA(t *testing.T, suite, key string, in OCRAInput, want string) {
	t.Helper()
	if got := ocraCode(t, suite, key, in); got != want {
		t.Errorf("%s of %q: %q, want %q", suite, in.Question, got, want)
	}
}

func ocraCode(t *testing.T, suite, key string, in OCRAInput) string {
	t.Helper()
	s, err := ParseOCRA(suite)
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.Code([]byte(key), in)
	if err != nil {
		t.Errorf("%s of %q: %v", suite, in.Question, err)
	}
	return code
}
