package otp

// This file: challenge-response codes of OCRA (RFC 6287). A suite says what a
// code is made from; the code answers the question of a server.

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// OCRASuite is a parsed suite, such as OCRA-1:HOTP-SHA1-6:QH10-S. ParseOCRA makes it.
type OCRASuite struct {
	Algorithm Algorithm // below HOTP
	Digits    int       // 4-10; 0: the whole value, in hexadecimal
	Counter   bool      // codes are made from a counter as well
	Format    byte      // of questions: A is text, N decimal, H hexadecimal
	Length    int       // the most characters of one question, 4-64
	PIN       Algorithm // how the PIN is hashed; "" when none goes in
	Session   int       // bytes of the session, 1-512; 0 when none goes in
	Step      int64     // seconds; 0 when the time does not go in

	text string // goes into every code as it was written
}

// OCRAInput is what one code is made from, beside the secret. What the suite does
// not name is not looked at.
type OCRAInput struct {
	Counter  uint64
	Question string    // as the server gave it; of two sides, both one after the other
	PINHash  []byte    // of the kind and length of OCRASuite.PIN
	Session  []byte    // at most OCRASuite.Session
	Time     time.Time // 1970 or later
}

const (
	ocraQuestion = 128 // bytes that a question fills
	ocraCounter  = 8   // bytes that the counter and the time fill
	maxOCRASuite = 64  // the longest real one has 46
)

// ocraHashes are the hashes of suites.
var ocraHashes = map[Algorithm]func() hash.Hash{SHA1: sha1.New, SHA256: sha256.New, SHA512: sha512.New}

// ParseOCRA reads a suite: OCRA-1:HOTP-SHA256-8:C-QN08-PSHA1-S064-T1M. The counter,
// PIN, session and time may be left out; S without a number is S064, as tiqr writes it.
func ParseOCRA(text string) (OCRASuite, error) {
	s := OCRASuite{text: text}
	if len(text) > maxOCRASuite {
		return OCRASuite{}, fmt.Errorf("read OCRA suite: it is longer than %d characters", maxOCRASuite)
	}
	parts := strings.Split(text, ":")
	var err error
	switch {
	case len(parts) != 3:
		err = errors.New("it does not have three parts with : between them")
	case parts[0] != "OCRA-1":
		err = fmt.Errorf("unknown version %q: only OCRA-1 is known", parts[0])
	default:
		if err = s.parseFunction(parts[1]); err == nil {
			err = s.parseInput(parts[2])
		}
	}
	if err != nil {
		return OCRASuite{}, fmt.Errorf("read OCRA suite: %w", err)
	}
	return s, nil
}

// parseFunction reads HOTP-SHA1-6.
func (s *OCRASuite) parseFunction(text string) error {
	parts := strings.Split(text, "-")
	if len(parts) != 3 || parts[0] != "HOTP" {
		return fmt.Errorf("%q is not HOTP, a hash and a number of digits", text)
	}
	s.Algorithm = Algorithm(parts[1])
	if ocraHashes[s.Algorithm] == nil {
		return fmt.Errorf("unknown hash %q: use SHA1, SHA256 or SHA512", parts[1])
	}
	digits, ok := plainNumber(parts[2], 1, 2)
	if !ok || digits != 0 && (digits < 4 || digits > maxDigits) {
		return fmt.Errorf("%q digits: use 0 or 4 to %d", parts[2], maxDigits)
	}
	s.Digits = digits
	return nil
}

// parseInput reads C-QN08-PSHA1-S064-T1M.
func (s *OCRASuite) parseInput(text string) error {
	parts := strings.Split(text, "-")
	if parts[0] == "C" {
		s.Counter, parts = true, parts[1:]
	}
	if len(parts) == 0 || !strings.HasPrefix(parts[0], "Q") {
		return fmt.Errorf("%q has no question where it belongs, at the start or after C", text)
	}
	if err := s.parseQuestion(parts[0]); err != nil {
		return err
	}
	last := byte('Q')
	for _, part := range parts[1:] {
		kind := byte(0)
		if part != "" {
			kind = part[0]
		}
		parse := map[byte]func(string) error{'P': s.parsePIN, 'S': s.parseSession, 'T': s.parseTime}[kind]
		switch {
		case parse == nil:
			return fmt.Errorf("unknown input %q", part)
		case last != 'Q' && kind <= last:
			return fmt.Errorf("input %q comes twice or too late: the order is C, Q, P, S, T", part)
		}
		if err := parse(part[1:]); err != nil {
			return err
		}
		last = kind
	}
	return nil
}

// parseQuestion reads QN08.
func (s *OCRASuite) parseQuestion(text string) error {
	if len(text) != 4 || !strings.Contains("ANH", text[1:2]) {
		return fmt.Errorf("question %q: use QA, QN or QH and two digits", text)
	}
	length, ok := plainNumber(text[2:], 2, 2)
	if !ok || length < 4 || length > 64 {
		return fmt.Errorf("question %q: its length is from 04 to 64", text)
	}
	s.Format, s.Length = text[1], length
	return nil
}

func (s *OCRASuite) parsePIN(text string) error {
	s.PIN = Algorithm(text)
	if ocraHashes[s.PIN] == nil {
		return fmt.Errorf("unknown hash %q of the PIN: use SHA1, SHA256 or SHA512", text)
	}
	return nil
}

func (s *OCRASuite) parseSession(text string) error {
	s.Session = 64
	if text == "" {
		return nil
	}
	length, ok := plainNumber(text, 3, 3)
	if !ok || length < 1 || length > 512 {
		return fmt.Errorf("session of %q bytes: use three digits, 001 to 512", text)
	}
	s.Session = length
	return nil
}

func (s *OCRASuite) parseTime(text string) error {
	units := map[byte]struct{ seconds, most int }{'S': {1, 59}, 'M': {60, 59}, 'H': {3600, 48}}
	if text != "" {
		unit, known := units[text[len(text)-1]]
		steps, ok := plainNumber(text[:len(text)-1], 1, 2)
		if known && ok && steps >= 1 && steps <= unit.most {
			s.Step = int64(steps * unit.seconds)
			return nil
		}
	}
	return fmt.Errorf("time step %q: use 1S to 59S, 1M to 59M or 1H to 48H", text)
}

// plainNumber reads a number of least to most decimal digits, and nothing else.
func plainNumber(text string, least, most int) (int, bool) {
	if len(text) < least || len(text) > most || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// String returns the suite as it was written.
func (s OCRASuite) String() string { return s.text }

// Code returns the answer to a question.
func (s OCRASuite) Code(secret []byte, in OCRAInput) (string, error) {
	message, err := s.message(in)
	defer clear(message) // it may hold the hash of a PIN
	switch {
	case err != nil:
	case len(secret) == 0:
		err = errEmptySecret
	case len(secret) > maxSecret:
		err = errLongSecret
	}
	if err != nil {
		return "", fmt.Errorf("compute answer: %w", err)
	}
	mac := hmac.New(ocraHashes[s.Algorithm], secret)
	mac.Write(message)
	sum := mac.Sum(nil)
	if s.Digits == 0 {
		return hex.EncodeToString(sum), nil
	}
	offset := sum[len(sum)-1] & 15 // RFC 4226, section 5.3
	value := uint64(binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff)
	modulus := uint64(1)
	for range s.Digits {
		modulus *= 10
	}
	return fmt.Sprintf("%0*d", s.Digits, value%modulus), nil
}

// message is what the suite's HMAC goes over.
func (s OCRASuite) message(in OCRAInput) ([]byte, error) {
	if s.text == "" || ocraHashes[s.Algorithm] == nil {
		return nil, errors.New("the suite was not parsed")
	}
	question, err := s.question(in.Question)
	if err != nil {
		return nil, err
	}
	message := append([]byte(s.text), 0)
	if s.Counter {
		message = binary.BigEndian.AppendUint64(message, in.Counter)
	}
	message = append(message, question...)
	message = append(message, make([]byte, ocraQuestion-len(question))...)
	if s.PIN != "" {
		if want := ocraHashes[s.PIN]().Size(); len(in.PINHash) != want {
			return message, fmt.Errorf("the %s of the PIN has %d bytes, not %d", s.PIN, want, len(in.PINHash))
		}
		message = append(message, in.PINHash...)
	}
	if s.Session > 0 {
		if len(in.Session) > s.Session {
			return message, fmt.Errorf("the session is longer than %d bytes", s.Session)
		}
		message = append(message, make([]byte, s.Session-len(in.Session))...)
		message = append(message, in.Session...)
	}
	if s.Step > 0 {
		seconds := in.Time.Unix()
		if seconds < 0 {
			return message, errors.New("the clock shows a time before 1970: set it right")
		}
		message = binary.BigEndian.AppendUint64(message, uint64(seconds/s.Step))
	}
	return message, nil
}

// question turns a question into bytes, without the zeros that fill it up. A number
// becomes hexadecimal digits; a last half byte is filled with a zero on the right,
// as the RFC's own program does.
func (s OCRASuite) question(text string) ([]byte, error) {
	switch {
	case text == "":
		return nil, errors.New("the question is empty")
	case len(text) > 2*s.Length || len(text) > ocraQuestion:
		return nil, fmt.Errorf("the question is longer than two of %d characters", s.Length)
	}
	switch s.Format {
	case 'A':
		return []byte(text), nil
	case 'N':
		if strings.Trim(text, "0123456789") != "" {
			return nil, errors.New("the question is not a decimal number")
		}
		number, _ := new(big.Int).SetString(text, 10)
		text = number.Text(16)
	}
	if len(text)%2 == 1 {
		text += "0"
	}
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, errors.New("the question is not hexadecimal")
	}
	return raw, nil
}
