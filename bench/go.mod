module nod/bench

go 1.26.0

require nod v0.0.0

require (
	github.com/godbus/dbus/v5 v5.2.4 // indirect
	github.com/makiuchi-d/gozxing v0.1.1 // indirect
	golang.org/x/image v0.47.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
	golang.org/x/xerrors v0.0.0-20200804184101-5ec99f83aff1 // indirect
)

replace nod => ..
