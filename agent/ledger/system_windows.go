package ledger

import "golang.org/x/sys/windows"

// syncFolder has nothing to do: NTFS journals its directory entries.
func syncFolder(string) error { return nil }

// freeBytes is the room that is left for the account that asks.
func freeBytes(dir string) (int64, error) {
	name, err := windows.UTF16PtrFromString(dir)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, err
	}
	return int64(free), nil
}
