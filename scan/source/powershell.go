package source

// This file: the clipboard and the screen of Windows, also from its Linux. The
// scripts are constants: nothing that anybody else chose is in them.

import (
	"bytes"
	"context"
	"strings"
)

const psHead = `$ErrorActionPreference='Stop'
Add-Type -AssemblyName System.Windows.Forms,System.Drawing
function Send($bytes){$o=[Console]::OpenStandardOutput();$o.Write($bytes,0,$bytes.Length);$o.Flush()}
function SendPicture($p){$m=New-Object IO.MemoryStream;$p.Save($m,[Drawing.Imaging.ImageFormat]::Png);Send $m.ToArray()}
`

const psClipboard = psHead + `$c=[Windows.Forms.Clipboard]
if($c::ContainsFileDropList()){Send ([IO.File]::ReadAllBytes($c::GetFileDropList()[0]))}
elseif($c::ContainsImage()){SendPicture $c::GetImage()}
elseif($c::ContainsText()){Send ([Text.Encoding]::UTF8.GetBytes($c::GetText()))}`

const psScreen = psHead + `Add-Type 'using System.Runtime.InteropServices; public static class Dpi { [DllImport("user32.dll")] public static extern bool SetProcessDPIAware(); }'
[void][Dpi]::SetProcessDPIAware()
$s=[Windows.Forms.SystemInformation]::VirtualScreen
$p=New-Object Drawing.Bitmap $s.Width,$s.Height
$g=[Drawing.Graphics]::FromImage($p)
$g.CopyFromScreen($s.X,$s.Y,0,0,$p.Size)
SendPicture $p`

func (d Desk) powershell(ctx context.Context, script string) ([]byte, error) {
	return d.run(ctx, 2*toolLimit, maxPicture, "powershell.exe", "-NoProfile", "-NonInteractive", "-STA", "-Command", script)
}

func windowsClipboard(ctx context.Context, d Desk) (Take, error) {
	data, err := d.powershell(ctx, psClipboard)
	if err != nil {
		return Take{}, err
	}
	if isPicture(data) {
		return Take{Pictures: [][]byte{data}}, nil
	}
	if len(data) > maxText {
		return Take{}, nil
	}
	return Take{Text: strings.TrimSpace(string(data))}, nil
}

func windowsScreen(ctx context.Context, d Desk) (Take, error) {
	data, err := d.powershell(ctx, psScreen)
	if err != nil || len(data) == 0 {
		return Take{}, err
	}
	return Take{Pictures: [][]byte{data}}, nil
}

// isPicture knows pictures by their first bytes.
func isPicture(data []byte) bool {
	for _, head := range []string{"\x89PNG", "\xff\xd8\xff", "GIF8", "BM", "II*\x00", "MM\x00*", "RIFF"} {
		if bytes.HasPrefix(data, []byte(head)) {
			return true
		}
	}
	return false
}
