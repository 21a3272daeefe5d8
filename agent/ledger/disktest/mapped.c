//go:build unix

/* A VFS for simulations: files are mapped into memory, locks and the write-ahead
** log's index are this process's own. No call of it enters the system, save to open,
** grow and close a file. What SQLite wrote is in the file at once, for whoever reads
** it there, as it is in a system's page cache: it outlives the process, not the power. */
#define _GNU_SOURCE
#include "vfs.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* SQLite's constants (sqlite3.h). */
enum { OK = 0, BUSY = 5, NOMEM = 7, IOERR = 10, CANTOPEN = 14, NOTFOUND = 12, SHORT_READ = IOERR | 2 << 8 };
enum { OPEN_READONLY = 1, OPEN_CREATE = 4, OPEN_DELETE = 8 };
enum { NONE, SHARED, RESERVED, PENDING, EXCLUSIVE };
enum { SHM_UNLOCK = 1, SHM_LOCK = 2, SHM_SHARED = 4, SHM_EXCLUSIVE = 8, SHM_LOCKS = 8 };
enum { POWERSAFE_OVERWRITE = 0x1000, SECTOR = 4096 };

/* Growing a file costs a system call: it grows by steps, and is cut to size when
** it is closed. The address space behind it is all there from the start. */
enum { STEP = 512 << 10, MOST = 256 << 20, REGIONS = 64 };

/* node is a file, once, however often it is open. One that nobody has open keeps its
** pages: to fault them in again, and to have new ones made for the next file of that
** kind, costs more than what SQLite does with them. */
typedef struct node {
	struct node *next;
	char *name; /* 0: deleted while open */
	int fd, refs, dead;
	ino_t ino;
	char *map;
	sqlite3_int64 size, room;
	pthread_mutex_t lock;
	int readers, level; /* of the file's lock: how many share it, and what holder has */
	void *holder;
	void *region[REGIONS];
	int shared[SHM_LOCKS];
	void *alone[SHM_LOCKS];
} node;

typedef struct {
	sqlite3_file base;
	node *n;
	int level;
	int shared, alone; /* bits of the index's locks */
} handle;

static sqlite3_vfs *sys, mapped;
static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;
static node *nodes;

#define N(f) (((handle *)(f))->n)

static sqlite3_int64 sizeOf(node *n) { return __atomic_load_n(&n->size, __ATOMIC_ACQUIRE); }

static int mRead(sqlite3_file *f, void *p, int n, sqlite3_int64 off) {
	sqlite3_int64 have = sizeOf(N(f)) - off;
	if (have >= n) {
		memcpy(p, N(f)->map + off, n);
		return OK;
	}
	if (have < 0)
		have = 0;
	memcpy(p, N(f)->map + off, have);
	memset((char *)p + have, 0, n - have);
	return SHORT_READ;
}

static int mWrite(sqlite3_file *f, const void *p, int n, sqlite3_int64 off) {
	node *d = N(f);
	int rc = OK;
	if (d->dead || off + n > MOST)
		return IOERR;
	if (off + n > sizeOf(d)) {
		pthread_mutex_lock(&d->lock);
		if (off + n > d->room) {
			sqlite3_int64 room = (off + n + STEP - 1) / STEP * STEP;
			if (ftruncate(d->fd, room) == 0)
				d->room = room;
			else
				rc = IOERR;
		}
		if (rc == OK && off + n > d->size)
			__atomic_store_n(&d->size, off + n, __ATOMIC_RELEASE);
		pthread_mutex_unlock(&d->lock);
	}
	if (rc == OK)
		memcpy(d->map + off, p, n);
	return rc;
}

static int mTruncate(sqlite3_file *f, sqlite3_int64 size) {
	node *d = N(f);
	int rc = IOERR;
	pthread_mutex_lock(&d->lock);
	if (!d->dead && ftruncate(d->fd, size) == 0) {
		d->room = size;
		__atomic_store_n(&d->size, size, __ATOMIC_RELEASE);
		rc = OK;
	}
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static int mSync(sqlite3_file *f, int flags) { return N(f)->dead ? IOERR : OK; }

static int mFileSize(sqlite3_file *f, sqlite3_int64 *size) {
	*size = sizeOf(N(f));
	return OK;
}

static int mLock(sqlite3_file *f, int level) {
	handle *h = (handle *)f;
	node *d = h->n;
	int rc = OK;
	if (h->level >= level)
		return OK;
	pthread_mutex_lock(&d->lock);
	if (d->holder && d->holder != h && (level > SHARED || d->level >= PENDING)) {
		rc = BUSY;
	} else if (level == SHARED) {
		d->readers++;
		h->level = SHARED;
	} else {
		d->holder = h;
		h->level = level;
		if (level == EXCLUSIVE && d->readers > 1) {
			h->level = PENDING;
			rc = BUSY;
		}
		d->level = h->level;
	}
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static int mUnlock(sqlite3_file *f, int level) {
	handle *h = (handle *)f;
	node *d = h->n;
	if (h->level <= level)
		return OK;
	pthread_mutex_lock(&d->lock);
	if (d->holder == h) {
		d->holder = 0;
		d->level = NONE;
	}
	if (level == NONE)
		d->readers--;
	h->level = level;
	pthread_mutex_unlock(&d->lock);
	return OK;
}

static int mReserved(sqlite3_file *f, int *out) {
	pthread_mutex_lock(&N(f)->lock);
	*out = N(f)->holder != 0;
	pthread_mutex_unlock(&N(f)->lock);
	return OK;
}

static int mControl(sqlite3_file *f, int op, void *arg) { return NOTFOUND; }
static int mSector(sqlite3_file *f) { return SECTOR; }
static int mTraits(sqlite3_file *f) { return POWERSAFE_OVERWRITE; }

static int mShmMap(sqlite3_file *f, int at, int size, int extend, void volatile **pp) {
	node *d = N(f);
	int rc = OK;
	*pp = 0;
	if (at >= REGIONS)
		return IOERR;
	pthread_mutex_lock(&d->lock);
	if (!d->region[at] && extend && !(d->region[at] = calloc(1, size)))
		rc = NOMEM;
	*pp = d->region[at];
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static int mShmLock(sqlite3_file *f, int off, int count, int flags) {
	handle *h = (handle *)f;
	node *d = h->n;
	int rc = OK;
	pthread_mutex_lock(&d->lock);
	for (int i = off; i < off + count && flags & SHM_LOCK; i++)
		if (d->alone[i] && d->alone[i] != h || flags & SHM_EXCLUSIVE && d->shared[i] > (h->shared >> i & 1))
			rc = BUSY;
	for (int i = off; i < off + count && rc == OK; i++) {
		int bit = 1 << i, had = h->shared >> i & 1;
		if (flags & SHM_UNLOCK) {
			d->shared[i] -= had;
			h->shared &= ~bit;
			if (d->alone[i] == h)
				d->alone[i] = 0;
		} else if (flags & SHM_SHARED) {
			d->shared[i] += !had;
			h->shared |= bit;
		} else {
			d->alone[i] = h;
		}
	}
	pthread_mutex_unlock(&d->lock);
	return rc;
}

static void mShmBarrier(sqlite3_file *f) { __sync_synchronize(); }

static int mShmUnmap(sqlite3_file *f, int del) { return mShmLock(f, 0, SHM_LOCKS, SHM_UNLOCK); }

/* forget takes a node out of the table; the table is locked. */
static void forget(node *d) {
	for (node **p = &nodes; *p; p = &(*p)->next)
		if (*p == d) {
			*p = d->next;
			break;
		}
	free(d->name);
	d->name = 0;
}

/* release gives all that a node has back; the table is locked. */
static void release(node *d) {
	if (d->name)
		forget(d);
	munmap(d->map, MOST);
	close(d->fd);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* A log may be longer than what is in it, as on a system's disk: it stays as it has grown. */
static int isLog(const char *name) {
	size_t n = strlen(name);
	return n > 4 && strcmp(name + n - 4, "-wal") == 0;
}

static int mClose(sqlite3_file *f) {
	node *d = N(f);
	int rc = OK;
	mUnlock(f, NONE);
	pthread_mutex_lock(&table);
	if (--d->refs == 0) {
		if (d->room != d->size && !(d->name && isLog(d->name)) && ftruncate(d->fd, d->size) != 0)
			rc = IOERR;
		d->room = d->size;
		for (int i = 0; i < REGIONS; i++) {
			free(d->region[i]);
			d->region[i] = 0;
		}
		memset(d->shared, 0, sizeof d->shared);
		memset(d->alone, 0, sizeof d->alone);
		d->readers = d->level = d->dead = 0;
		d->holder = 0;
		if (!d->name || rc != OK)
			release(d);
	}
	pthread_mutex_unlock(&table);
	return rc;
}

static const struct sqlite3_io_methods methods = {
	2, mClose, mRead, mWrite, mTruncate, mSync, mFileSize, mLock, mUnlock, mReserved, mControl, mSector, mTraits,
	mShmMap, mShmLock, mShmBarrier, mShmUnmap,
};

static node *find(const char *name) {
	node *d = nodes;
	while (d && strcmp(d->name, name) != 0)
		d = d->next;
	return d;
}

/* again is the file of that name if it is mapped still, under whatever name. One that
** was put in another's place is not. */
static node *again(const char *name) {
	struct stat st;
	node *d = find(name);
	if (d && d->refs > 0)
		return d;
	if (stat(name, &st) != 0 || st.st_size > MOST)
		st.st_ino = 0;
	if (d && d->ino != st.st_ino) {
		release(d);
		d = 0;
	}
	for (node *o = nodes; !d && st.st_ino && o; o = o->next)
		if (o->refs == 0 && o->ino == st.st_ino) {
			char *to = strdup(name);
			if (!to)
				return 0;
			free(o->name);
			o->name = to;
			d = o;
		}
	if (d)
		d->size = d->room = st.st_size;
	return d;
}

/* spare is the name under which a log that was deleted waits for the next one. */
static char *spare(const char *name) {
	size_t n = strlen(name);
	char *s = malloc(n + 2);
	if (s)
		strcpy(strcpy(s, name) + n, "~");
	return s;
}

/* lay puts a log that nobody has open aside, with its pages. */
static int lay(node *d) {
	char *to = spare(d->name);
	if (!to || rename(d->name, to) != 0) {
		free(to);
		return 0;
	}
	free(d->name);
	d->name = to;
	return 1;
}

/* take is the log that was laid aside under that name, as an empty file: also for whoever
** finds it behind a crash, as a log without a header holds nothing. */
static node *take(const char *name) {
	char *from = spare(name);
	node *d = from && rename(from, name) == 0 ? again(name) : 0;
	if (d) {
		memset(d->map, 0, d->size < 32 ? d->size : 32);
		d->size = 0;
	}
	free(from);
	return d;
}

static node *map(const char *name, int flags) {
	struct stat st;
	node *d = calloc(1, sizeof *d);
	if (!d)
		return 0;
	d->fd = open(name, O_RDWR | O_CLOEXEC | (flags & OPEN_CREATE ? O_CREAT : 0), 0600);
	d->map = MAP_FAILED;
	if (d->fd >= 0 && fstat(d->fd, &st) == 0 && st.st_size <= MOST)
		d->map = mmap(0, MOST, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, d->fd, 0);
	if (d->map == MAP_FAILED || !(d->name = strdup(name))) {
		if (d->fd >= 0)
			close(d->fd);
		free(d);
		return 0;
	}
	d->size = d->room = st.st_size;
	d->ino = st.st_ino;
	pthread_mutex_init(&d->lock, 0);
	d->next = nodes;
	return nodes = d;
}

static int mOpen(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
	handle *h = (handle *)f;
	node *d;
	if (!name || flags & OPEN_DELETE) /* one of SQLite's own, for a moment */
		return sys->xOpen(sys, name, f, flags, out);
	memset(h, 0, sizeof *h);
	pthread_mutex_lock(&table);
	d = again(name);
	if (!d && flags & OPEN_CREATE && access(name, F_OK) != 0)
		d = take(name);
	if (!d)
		d = map(name, flags);
	if (d)
		d->refs++;
	pthread_mutex_unlock(&table);
	if (!d)
		return CANTOPEN;
	h->n = d;
	h->base.pMethods = &methods;
	if (out)
		*out = flags;
	return OK;
}

static int mDelete(sqlite3_vfs *v, const char *name, int sync) {
	node *d;
	int dead, laid = 0;
	pthread_mutex_lock(&table);
	d = find(name);
	dead = d && d->dead;
	if (d && !dead && d->refs > 0)
		forget(d);
	else if (d && !dead && !(laid = isLog(name) && lay(d)))
		release(d);
	pthread_mutex_unlock(&table);
	return dead ? IOERR : laid ? OK : sys->xDelete(sys, name, 0);
}

/* disktest_kill ends all writing to the open files whose names begin so: the
** process that opened them died. Whoever opens them once they are closed is another. */
void disktest_kill(const char *prefix) {
	pthread_mutex_lock(&table);
	for (node *d = nodes; d; d = d->next)
		if (d->refs > 0 && strncmp(d->name, prefix, strlen(prefix)) == 0)
			d->dead = 1;
	pthread_mutex_unlock(&table);
}

int disktest_map(void) {
	if (!sqlite3_vfs_find || !(sys = sqlite3_vfs_find("unix")))
		return 1;
	mapped = *sys;
	mapped.zName = "mapped";
	if (mapped.szOsFile < (int)sizeof(handle))
		mapped.szOsFile = sizeof(handle);
	mapped.xOpen = mOpen;
	mapped.xDelete = mDelete;
	return sqlite3_vfs_register(&mapped, 0);
}
