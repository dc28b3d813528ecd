package vault_test

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"nod/vault"
	"nod/vault/otp"
)

func Example() {
	dir, err := os.MkdirTemp("", "nod")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	place := vault.Place{File: filepath.Join(dir, "data", "vault.nod"), State: filepath.Join(dir, "state")}

	v, recovery, err := vault.Create(place, vault.Options{PIN: []byte("4821"), Cost: vault.FloorCost})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(recovery), "characters to write down")
	_, err = v.Add(false, vault.NewAccount{Key: otp.Key{
		Type: otp.TOTP, Issuer: "HelpDesk", Name: "ana", Secret: []byte("12345678901234567890"),
		Algorithm: otp.SHA1, Digits: 8, Period: 30,
	}})
	if err != nil {
		log.Fatal(err)
	}
	v.Close()

	if _, err := vault.Open(place, vault.PIN([]byte("4822"))); err != nil {
		fmt.Println(err)
	}
	v, err = vault.Open(place, vault.PIN([]byte("4821")))
	if err != nil {
		log.Fatal(err)
	}
	defer v.Close()
	for _, a := range v.Accounts() {
		code, err := v.Code(a.ID, time.Unix(59, 0))
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(a.Issuer, a.Name, code.Value, code.Left)
	}
	// Output:
	// 41 characters to write down
	// open vault: wrong PIN; 9 tries left
	// HelpDesk ana 94287082 1s
}
