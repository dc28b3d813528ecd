package otp

// This file: codes against published vectors and independent formulas.

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// TestHOTPVectors holds RFC 4226, appendix D.
func TestHOTPVectors(t *testing.T) {
	for counter, want := range []string{
		"755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489",
	} {
		k := Key{Type: HOTP, Secret: []byte("12345678901234567890"), Algorithm: SHA1, Digits: 6, Counter: uint64(counter)}
		checkCode(t, k, 0, want)
	}
}

// TestDigits cuts the first value of RFC 4226, appendix D, 1284755224, to all
// lengths, and a small value of a later counter to 10 digits.
func TestDigits(t *testing.T) {
	k := Key{Type: HOTP, Secret: []byte("12345678901234567890"), Algorithm: SHA1}
	for k.Digits = 1; k.Digits <= 10; k.Digits++ {
		checkCode(t, k, 0, "1284755224"[10-k.Digits:])
	}
	k.Digits, k.Counter = 10, 6 // appendix D: 1918287922, 82162583 for 7
	checkCode(t, k, 0, "1918287922")
	k.Counter = 7
	checkCode(t, k, 0, "0082162583")
}

// TestTOTPVectors holds RFC 6238, appendix B.
func TestTOTPVectors(t *testing.T) {
	seeds := map[Algorithm]string{
		SHA1:   "12345678901234567890",
		SHA256: "12345678901234567890123456789012",
		SHA512: "1234567890123456789012345678901234567890123456789012345678901234",
	}
	for _, v := range []struct {
		unix      int64
		algorithm Algorithm
		want      string
	}{
		{59, SHA1, "94287082"},
		{59, SHA256, "46119246"},
		{59, SHA512, "90693936"},
		{1111111109, SHA1, "07081804"},
		{1111111109, SHA256, "68084774"},
		{1111111109, SHA512, "25091201"},
		{1111111111, SHA1, "14050471"},
		{1111111111, SHA256, "67062674"},
		{1111111111, SHA512, "99943326"},
		{1234567890, SHA1, "89005924"},
		{1234567890, SHA256, "91819424"},
		{1234567890, SHA512, "93441116"},
		{2000000000, SHA1, "69279037"},
		{2000000000, SHA256, "90698825"},
		{2000000000, SHA512, "38618901"},
		{20000000000, SHA1, "65353130"},
		{20000000000, SHA256, "77737706"},
		{20000000000, SHA512, "47863826"},
	} {
		k := Key{Type: TOTP, Secret: []byte(seeds[v.algorithm]), Algorithm: v.algorithm, Digits: 8, Period: 30}
		checkCode(t, k, v.unix, v.want)
	}
}

func TestYandexVectors(t *testing.T) {
	for _, v := range []struct {
		secret, pin string
		unix        int64
		want        string
	}{
		{"LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", "7586", 1581064020, "oactmacq"},
		{"LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI", "7586", 1581090810, "wemdwrix"},
		{"LA2V6KMCGYMWWVEW64RNP3JA3I", "7586", 1581090810, "wemdwrix"}, // without the part for typing
		{"JBGSAU4G7IEZG6OY4UAXX62JU4AAAAAAHTSG4HXU3M", "5210481216086702", 1581091469, "dfrpywob"},
	} {
		k := Key{Type: Yandex, Secret: secret(t, v.secret), Algorithm: SHA256, Digits: 8, Period: 30, PIN: v.pin}
		checkCode(t, k, v.unix, v.want)
	}
}

// TestYandexChecksum turns each bit of a key with checksum.
func TestYandexChecksum(t *testing.T) {
	k := Key{Type: Yandex, Algorithm: SHA256, Digits: 8, Period: 30, PIN: "7586"}
	for i := range yandexTyped * 8 {
		k.Secret = secret(t, "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPI")
		k.Secret[i/8] ^= 1 << (i % 8)
		if err := k.Validate(); err == nil {
			t.Errorf("bit %d of byte %d turned: no error", i%8, i/8)
		}
	}
}

func TestMOTPVectors(t *testing.T) {
	for _, v := range []struct {
		secret, pin string
		unix        int64
		want        string
	}{
		{"7ac61d4736f51a2b", "5555", 1234567890, "09cb10"},
		{"e3152afee62599c8", "1234", 123456789, "4ebfb2"},
		{"e3152afee62599c8", "1234", 165892298, "e7d8b6"},
		{"bbb1912bb5c515be", "9999", 1659540020, "ced7b1"},
		{"bbb1912bb5c515be", "9999", 1659540022, "ced7b1"},
		{"bbb1912bb5c515be", "9999", 1659539878, "1a14f8"},
	} {
		raw, err := hex.DecodeString(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		k := Key{Type: MOTP, Secret: raw, Algorithm: MD5, Digits: 6, Period: 10, PIN: v.pin}
		checkCode(t, k, v.unix, v.want)
		text := fmt.Sprintf("%d%s%s", v.unix/10, v.secret, v.pin)
		checkCode(t, k, v.unix, fmt.Sprintf("%x", md5.Sum([]byte(text)))[:6])
	}
}

// TestSteam computes Steam codes a second time, from the definition.
func TestSteam(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		raw := make([]byte, 20)
		for i := range raw {
			raw[i] = byte(random.Uint32())
		}
		unix := random.Int64N(1 << 33)
		mac := hmac.New(sha1.New, raw)
		_ = binary.Write(mac, binary.BigEndian, unix/30)
		sum := mac.Sum(nil)
		value := binary.BigEndian.Uint32(sum[sum[19]&15:]) & 0x7fffffff
		var want strings.Builder
		for range 5 {
			want.WriteByte("23456789BCDFGHJKMNPQRTVWXY"[value%26])
			value /= 26
		}
		k := Key{Type: Steam, Secret: raw, Algorithm: SHA1, Digits: 5, Period: 30}
		checkCode(t, k, unix, want.String())
	}
}

// TestPeriods looks at the steps of several periods: T0 is 1970.
func TestPeriods(t *testing.T) {
	base := Key{Type: HOTP, Secret: []byte("12345678901234567890"), Algorithm: SHA1, Digits: 6}
	for _, period := range []int{1, 7, 15, 20, 30, 50, 60, 90, 3600, 1<<31 - 1} {
		for _, unix := range []int64{0, 1, 29, 30, 59, 60, 1234567890, 1 << 40} {
			h := base
			h.Counter = uint64(unix) / uint64(period)
			want, err := h.Code(time.Time{})
			if err != nil {
				t.Fatal(err)
			}
			k := base
			k.Type, k.Period = TOTP, period
			checkCode(t, k, unix, want)
		}
	}
}

func TestLeft(t *testing.T) {
	totp := Key{Type: TOTP, Period: 60}
	for _, v := range []struct {
		key  Key
		at   time.Time
		want time.Duration
	}{
		{totp, time.Unix(0, 0), time.Minute},
		{totp, time.Unix(59, 0), time.Second},
		{totp, time.Unix(60, 0), time.Minute},
		{totp, time.Unix(59, 250_000_000), 750 * time.Millisecond},
		{totp, time.Unix(-1, 0), time.Second},
		{Key{Type: MOTP, Period: 10}, time.Unix(103, 0), 7 * time.Second},
		{Key{Type: HOTP}, time.Unix(103, 0), 0},
		{Key{}, time.Unix(103, 0), 0},
	} {
		if got := v.key.Left(v.at); got != v.want {
			t.Errorf("%s/%d at %v: left %v, want %v", v.key.Type, v.key.Period, v.at.Unix(), got, v.want)
		}
	}
}

func TestValidate(t *testing.T) {
	good := Key{Type: TOTP, Secret: []byte("12345678901234567890"), Algorithm: SHA1, Digits: 6, Period: 30}
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*Key){
		"no kind":          func(k *Key) { k.Type = "" },
		"other kind":       func(k *Key) { k.Type = "ocra" },
		"no secret":        func(k *Key) { k.Secret = nil },
		"long secret":      func(k *Key) { k.Secret = make([]byte, maxSecret+1) },
		"no algorithm":     func(k *Key) { k.Algorithm = "" },
		"MD5":              func(k *Key) { k.Algorithm = MD5 },
		"0 digits":         func(k *Key) { k.Digits = 0 },
		"11 digits":        func(k *Key) { k.Digits = 11 },
		"period 0":         func(k *Key) { k.Period = 0 },
		"negative period":  func(k *Key) { k.Period = -30 },
		"HOTP with period": func(k *Key) { k.Type = HOTP },
		"Steam of 6":       func(k *Key) { k.Type = Steam },
		"mOTP with SHA1":   func(k *Key) { k.Type, k.PIN = MOTP, "1234" },
		"Yandex of 6":      func(k *Key) { k.Type, k.PIN = Yandex, "1234" },
		"long PIN":         func(k *Key) { k.PIN = strings.Repeat("1", maxPIN+1) },
	} {
		k := good
		change(&k)
		if err := k.Validate(); err == nil {
			t.Errorf("%s: no error", name)
		}
		if code, err := k.Code(time.Unix(59, 0)); err == nil {
			t.Errorf("%s: code %q", name, code)
		}
	}
}

func TestMissingPIN(t *testing.T) {
	for _, k := range []Key{
		{Type: MOTP, Secret: make([]byte, 8), Algorithm: MD5, Digits: 6, Period: 10},
		{Type: Yandex, Secret: make([]byte, 16), Algorithm: SHA256, Digits: 8, Period: 30},
	} {
		if err := k.Validate(); !errors.Is(err, ErrPIN) {
			t.Errorf("%s without PIN: %v, want ErrPIN", k.Type, err)
		}
	}
}

func TestBefore1970(t *testing.T) {
	k := Key{Type: TOTP, Secret: make([]byte, 20), Algorithm: SHA1, Digits: 6, Period: 30}
	if code, err := k.Code(time.Unix(-1, 0)); err == nil {
		t.Errorf("code %q for a time before 1970, want an error", code)
	}
}

func BenchmarkCode(b *testing.B) {
	k := Key{Type: TOTP, Secret: make([]byte, 20), Algorithm: SHA1, Digits: 6, Period: 30}
	b.ReportAllocs()
	for i := range b.N {
		if _, err := k.Code(time.Unix(int64(i), 0)); err != nil {
			b.Fatal(err)
		}
	}
}

func checkCode(t *testing.T, k Key, unix int64, want string) {
	t.Helper()
	got, err := k.Code(time.Unix(unix, 0))
	if err != nil {
		t.Errorf("%s at %d: %v", k.Type, unix, err)
	} else if got != want {
		t.Errorf("%s, %s, %d digits, counter %d, at %d: %q, want %q", k.Type, k.Algorithm, k.Digits, k.Counter, unix, got, want)
	}
}

func secret(t *testing.T, base32 string) []byte {
	t.Helper()
	raw, err := DecodeSecret(base32)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}
