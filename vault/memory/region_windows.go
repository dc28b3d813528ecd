package memory

// This file maps the arena on Windows.

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mapRegion maps arenaSize bytes between two guard pages and locks them. It
// returns the bytes even when they can not be locked, then with the reason.
func mapRegion() ([]byte, error) {
	page := os.Getpagesize()
	base, err := windows.VirtualAlloc(0, uintptr(page+arenaSize+page), windows.MEM_RESERVE, windows.PAGE_NOACCESS)
	if err != nil {
		return nil, fmt.Errorf("map memory for keys: %w", err)
	}
	at, err := windows.VirtualAlloc(base+uintptr(page), arenaSize, windows.MEM_COMMIT, windows.PAGE_READWRITE)
	if err != nil {
		_ = windows.VirtualFree(base, 0, windows.MEM_RELEASE) // nobody has seen it
		return nil, fmt.Errorf("map memory for keys: %w", err)
	}
	// The system never moves it, so a number may become a pointer here.
	region := unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), arenaSize)
	if err := windows.VirtualLock(at, arenaSize); err != nil {
		return region, fmt.Errorf("lock memory for keys: %w", err)
	}
	return region, nil
}
