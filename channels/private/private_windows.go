package private

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"unsafe"

	"golang.org/x/sys/windows"
)

// keep replaces the list: C:\ProgramData lets every user read what is made in it.
func keep(path string, _ fs.FileMode) error {
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return &fs.PathError{Op: "keep", Path: path, Err: err}
	}
	// Protected from what the folder passes on (P); files and folders in it inherit
	// (OICI); all rights (FA) to the system, the administrators and this account.
	list := "D:P"
	for _, who := range []string{"SY", "BA", me.User.Sid.String()} {
		list += "(A;OICI;FA;;;" + who + ")"
	}
	sd, err := windows.SecurityDescriptorFromString(list)
	if err != nil {
		return &fs.PathError{Op: "keep", Path: path, Err: err}
	}
	dacl, _, err := sd.DACL()
	if err == nil {
		err = windows.SetNamedSecurityInfo(path, windows.SE_FILE_OBJECT,
			windows.DACL_SECURITY_INFORMATION|windows.PROTECTED_DACL_SECURITY_INFORMATION, nil, nil, dacl, nil)
	}
	if err != nil && hasLists(path) {
		return &fs.PathError{Op: "keep", Path: path, Err: err}
	}
	return nil
}

// hasLists tells whether a file's volume keeps access control lists; a USB stick
// with FAT has none, and nothing to set.
func hasLists(path string) bool {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return true
	}
	var volume [windows.MAX_PATH + 1]uint16
	var flags uint32
	if windows.GetVolumePathName(name, &volume[0], uint32(len(volume))) != nil ||
		windows.GetVolumeInformation(&volume[0], nil, 0, nil, nil, &flags, nil, 0) != nil {
		return true
	}
	return flags&windows.FILE_PERSISTENT_ACLS != 0
}

// group is one that holds people who have nothing to do with a till.
type group struct {
	kind      windows.WELL_KNOWN_SID_TYPE
	name, sid string // in words, and as icacls takes it in any language
}

var everybody = []group{
	{windows.WinWorldSid, "Everyone", "*S-1-1-0"},
	{windows.WinLocalSid, "Local", "*S-1-2-0"},
	{windows.WinInteractiveSid, "Interactive", "*S-1-5-4"},
	{windows.WinAnonymousSid, "Anonymous", "*S-1-5-7"},
	{windows.WinAuthenticatedUserSid, "Authenticated Users", "*S-1-5-11"},
	{windows.WinBuiltinUsersSid, "Users", "*S-1-5-32-545"},
	{windows.WinBuiltinGuestsSid, "Guests", "*S-1-5-32-546"},
}

// useful are the rights with which a file's text can be read or changed, or the
// right to do so be taken.
const useful = windows.FILE_READ_DATA | windows.FILE_WRITE_DATA | windows.FILE_APPEND_DATA | windows.DELETE |
	windows.WRITE_DAC | windows.WRITE_OWNER | windows.GENERIC_ALL | windows.GENERIC_READ | windows.GENERIC_WRITE

func exposed(path string, _ fs.FileInfo) string {
	who, err := allowed(path)
	if err != nil {
		return "nobody can tell who: " + err.Error()
	}
	var names []string
	for _, g := range who {
		names = append(names, g.name)
	}
	return strings.Join(names, ", ")
}

// allowed are the groups of everybody that may use a file.
func allowed(path string) ([]group, error) {
	sd, err := windows.GetNamedSecurityInfo(path, windows.SE_FILE_OBJECT, windows.DACL_SECURITY_INFORMATION)
	if err != nil {
		return nil, err
	}
	dacl, _, err := sd.DACL()
	switch {
	case errors.Is(err, windows.ERROR_OBJECT_NOT_FOUND), err == nil && dacl == nil:
		return everybody[:1], nil // as on FAT: no list, no limits
	case err != nil:
		return nil, err
	}
	var who []group
	for i := range uint32(dacl.AceCount) {
		var ace *windows.ACCESS_ALLOWED_ACE
		if err := windows.GetAce(dacl, i, &ace); err != nil {
			return nil, err
		}
		if ace.Header.AceType != windows.ACCESS_ALLOWED_ACE_TYPE || ace.Header.AceFlags&windows.INHERIT_ONLY_ACE != 0 || ace.Mask&useful == 0 {
			continue
		}
		sid := (*windows.SID)(unsafe.Pointer(&ace.SidStart))
		for _, g := range everybody {
			if sid.IsWellKnown(g.kind) && !slices.Contains(who, g) {
				who = append(who, g)
			}
		}
	}
	return who, nil
}

// mend takes their rights away and leaves the others', the service's among them.
func mend(path string, _ fs.FileInfo) string {
	who, err := allowed(path)
	if err != nil || len(who) == 0 {
		who = everybody
	}
	command := `icacls "` + path + `" /inheritance:d /remove:g`
	for _, g := range who {
		command += " " + g.sid
	}
	return command
}
