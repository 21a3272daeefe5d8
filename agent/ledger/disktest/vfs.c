//go:build unix

/* A VFS that asks Go before each call, and otherwise is the system's own. */
#include "vfs.h"
#include "_cgo_export.h"
#include <string.h>

enum { OPEN, READ, WRITE, TRUNCATE, SYNC, DELETE, SIZE, LOCK, SHM_MAP, SHM_LOCK };
enum { GO_ON = 0, DONE = -1 }; /* what Go answers beside SQLite's codes */

int disktest_awake; /* waiting for a lock takes no time */

static sqlite3_vfs *sys;
static sqlite3_vfs asking;

typedef struct {
	sqlite3_file base;
	int64_t id;
	sqlite3_file *real;
} file;

#define REAL(f) (((file *)(f))->real)
#define ASK(f, op, p, n, off)                                                 \
	do {                                                                      \
		int rc_ = disktestAsk(((file *)(f))->id, op, (void *)(p), n, off);    \
		if (rc_ != GO_ON)                                                     \
			return rc_ == DONE ? 0 : rc_;                                     \
	} while (0)

static int fClose(sqlite3_file *f) {
	disktestClose(((file *)f)->id);
	return REAL(f)->pMethods->xClose(REAL(f));
}
static int fRead(sqlite3_file *f, void *p, int n, sqlite3_int64 off) {
	ASK(f, READ, 0, n, off);
	return REAL(f)->pMethods->xRead(REAL(f), p, n, off);
}
static int fWrite(sqlite3_file *f, const void *p, int n, sqlite3_int64 off) {
	ASK(f, WRITE, p, n, off);
	return REAL(f)->pMethods->xWrite(REAL(f), p, n, off);
}
static int fTruncate(sqlite3_file *f, sqlite3_int64 size) {
	ASK(f, TRUNCATE, 0, 0, size);
	return REAL(f)->pMethods->xTruncate(REAL(f), size);
}
static int fSync(sqlite3_file *f, int flags) {
	ASK(f, SYNC, 0, 0, 0);
	return REAL(f)->pMethods->xSync(REAL(f), flags);
}
static int fFileSize(sqlite3_file *f, sqlite3_int64 *size) {
	ASK(f, SIZE, 0, 0, 0);
	return REAL(f)->pMethods->xFileSize(REAL(f), size);
}
static int fLock(sqlite3_file *f, int level) {
	ASK(f, LOCK, 0, level, 0);
	return REAL(f)->pMethods->xLock(REAL(f), level);
}
static int fUnlock(sqlite3_file *f, int level) { return REAL(f)->pMethods->xUnlock(REAL(f), level); }
static int fReserved(sqlite3_file *f, int *out) { return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out); }
static int fControl(sqlite3_file *f, int op, void *arg) { return REAL(f)->pMethods->xFileControl(REAL(f), op, arg); }
static int fSector(sqlite3_file *f) { return REAL(f)->pMethods->xSectorSize(REAL(f)); }
static int fTraits(sqlite3_file *f) { return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f)); }
static int fShmMap(sqlite3_file *f, int pg, int size, int extend, void volatile **pp) {
	ASK(f, SHM_MAP, 0, 0, pg);
	return REAL(f)->pMethods->xShmMap(REAL(f), pg, size, extend, pp);
}
static int fShmLock(sqlite3_file *f, int off, int n, int flags) {
	if (flags & 2) /* SQLITE_SHM_LOCK: giving a lock back cannot fail */
		ASK(f, SHM_LOCK, 0, n, off);
	return REAL(f)->pMethods->xShmLock(REAL(f), off, n, flags);
}
static void fShmBarrier(sqlite3_file *f) { REAL(f)->pMethods->xShmBarrier(REAL(f)); }
static int fShmUnmap(sqlite3_file *f, int del) { return REAL(f)->pMethods->xShmUnmap(REAL(f), del); }
static int fFetch(sqlite3_file *f, sqlite3_int64 off, int n, void **pp) { return REAL(f)->pMethods->xFetch(REAL(f), off, n, pp); }
static int fUnfetch(sqlite3_file *f, sqlite3_int64 off, void *p) { return REAL(f)->pMethods->xUnfetch(REAL(f), off, p); }

static const struct sqlite3_io_methods methods = {
	3, fClose, fRead, fWrite, fTruncate, fSync, fFileSize, fLock, fUnlock, fReserved, fControl, fSector, fTraits,
	fShmMap, fShmLock, fShmBarrier, fShmUnmap, fFetch, fUnfetch,
};

/* A file that no test has a say in is the system's own, with nothing between. */
static int vOpen(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
	file *g = (file *)f;
	int rc = 0;
	int64_t id = name ? disktestOpen((char *)name, &rc) : 0;
	if (id == 0)
		return sys->xOpen(sys, name, f, flags, out);
	memset(g, 0, sizeof *g);
	if (rc != GO_ON)
		return rc;
	g->real = (sqlite3_file *)&g[1];
	rc = sys->xOpen(sys, name, g->real, flags, out);
	if (g->real->pMethods == 0) {
		disktestClose(id);
		return rc;
	}
	g->id = id;
	g->base.pMethods = &methods;
	return rc;
}

static int vDelete(sqlite3_vfs *v, const char *name, int sync) {
	int rc = disktestDelete((char *)name, sync);
	return rc == GO_ON ? sys->xDelete(sys, name, sync) : rc;
}

static int vSleep(sqlite3_vfs *v, int us) { return disktest_awake ? us : sys->xSleep(sys, us); }

int disktest_register(void) {
	if (!sqlite3_vfs_find || !(sys = sqlite3_vfs_find("unix")))
		return 1;
	asking = *sys;
	asking.zName = "disktest";
	asking.szOsFile = sizeof(file) + sys->szOsFile;
	asking.xOpen = vOpen;
	asking.xDelete = vDelete;
	asking.xSleep = vSleep;
	return sqlite3_vfs_register(&asking, 1);
}
