package sqlite

import (
	"os"

	"golang.org/x/sys/windows"
)

// linksOf tells how many names (hard links) an open file has.
func linksOf(f *os.File) (uint64, error) {
	var info windows.ByHandleFileInformation
	err := windows.GetFileInformationByHandle(windows.Handle(f.Fd()), &info)
	return uint64(info.NumberOfLinks), err
}

// identity tells whether a file is at a path: an open one can be neither deleted nor
// replaced here.
func identity(path string) (fileID, error) {
	_, err := os.Stat(path)
	return fileID{}, err
}

// changedAt tells when a name in a folder changed last, in Unix nanoseconds.
func changedAt(folder string) (int64, error) {
	info, err := os.Stat(folder)
	if err != nil {
		return 0, err
	}
	return info.ModTime().UnixNano(), nil
}

// giveTo does nothing: who may use a new file follows from its folder.
func giveTo(_, _ string) error { return nil }

// syncFolder does nothing: NTFS keeps a journal of its names.
func syncFolder(string) error { return nil }
