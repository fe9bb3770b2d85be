/*
 * A disk that fails and a disk that is recorded, for a program that is started with this in LD_PRELOAD. It stands before
 * the calls that change files below one directory, whoever makes them: Java's and RocksDB's.
 *
 *   DISK_DIRECTORY  what is below it is meant; absolute, without links
 *   DISK_CONTROL    a file of CONTROL_BYTES that both sides map: which call is to fail, and what has been counted
 *   DISK_RECORDING  if set: a new file that takes every change with its bytes, in an order in which they happened
 *
 * DiskControl.java and Recording.java are the other side of the control file and of the recording.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CONTROL_BYTES = 4096, NAME_BYTES = 1024, MAX_FDS = 65536, MAX_INODES = 8192, ENDED = -1 };

/* Kinds of calls, as bits. */
enum { OPEN = 1, WRITE = 2, SYNC = 4, RENAME = 8, TRUNCATE = 16, ALLOCATE = 32, RANGE = 64, UNLINK = 128, MAKE_DIRECTORY = 256 };

/* Besides those, what a recording says. */
enum { SYNCED = 512, OPENED_NEW = 1024, OPENED_EMPTY = 2048, REMOVE_DIRECTORY = 4096 };

struct control {
    volatile uint64_t calls;      /* of the kinds that are asked for, since the last setting of first */
    volatile uint64_t kinds;      /* which are counted and may fail */
    volatile uint64_t first;      /* the first call that fails, from 1; 0: none does */
    volatile uint64_t last;       /* the last one */
    volatile uint64_t error;      /* errno; 0 with half set: none */
    volatile uint64_t half;       /* 1: the first one, if it is a write, writes a half and says so */
    volatile uint64_t loses;      /* 1: a sync that fails loses what was not synced: it reads as zeros */
    volatile uint64_t injected;   /* how many calls failed */
    volatile uint64_t recorded;   /* entries of the recording */
    volatile uint64_t failedKind; /* of the last call that failed; its path follows at 128 */
    char unused[48];
    char failedPath[NAME_BYTES];
};

struct entry {
    uint32_t kind;
    uint32_t name_bytes;
    uint32_t to_bytes;
    uint32_t handle;
    uint64_t offset;
    uint64_t length; /* of the bytes that follow the names */
};

struct inode {
    dev_t device;
    ino_t number;
    off_t synced;
};

static struct control nothing;
static struct control *control = &nothing;
static char directory[NAME_BYTES];
static size_t directory_length;
static int recording = -1;
static volatile uint32_t handles[MAX_FDS]; /* by descriptor: of a file below the directory; 0: another */
static uint32_t last_handle;
static struct inode inodes[MAX_INODES];
static int inode_count;
/* Held by every change, so that the recording has them in the order in which they happened. Not by syncs. */
static pthread_mutex_t changing = PTHREAD_MUTEX_INITIALIZER;

#define REAL(result, name, ...) \
    static result (*real_##name)(__VA_ARGS__); \
    static void find_##name(void) { \
        if (!real_##name) real_##name = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name); \
    }

REAL(int, open, const char *, int, ...)
REAL(int, openat, int, const char *, int, ...)
REAL(int, close, int)
REAL(ssize_t, write, int, const void *, size_t)
REAL(ssize_t, pwrite, int, const void *, size_t, off_t)
REAL(ssize_t, writev, int, const struct iovec *, int)
REAL(ssize_t, pwritev, int, const struct iovec *, int, off_t)
REAL(int, fsync, int)
REAL(int, fdatasync, int)
REAL(int, sync_file_range, int, off_t, off_t, unsigned int)
REAL(int, rename, const char *, const char *)
REAL(int, ftruncate, int, off_t)
REAL(int, fallocate, int, int, off_t, off_t)
REAL(int, unlink, const char *)
REAL(int, rmdir, const char *)
REAL(int, mkdir, const char *, mode_t)
REAL(int, fclose, FILE *)
REAL(ssize_t, copy_file_range, int, off_t *, int, off_t *, size_t, unsigned int)
REAL(ssize_t, sendfile, int, int, off_t *, size_t)

__attribute__((constructor)) static void begin(void) {
    find_open(), find_openat(), find_close(), find_write(), find_pwrite(), find_writev(), find_pwritev(), find_fsync();
    find_fdatasync(), find_sync_file_range(), find_rename(), find_ftruncate(), find_fallocate(), find_unlink(), find_rmdir();
    find_mkdir(), find_fclose(), find_copy_file_range(), find_sendfile();
    const char *path = getenv("DISK_DIRECTORY");
    const char *shared = getenv("DISK_CONTROL");
    const char *record = getenv("DISK_RECORDING");
    if (!path || !shared || strlen(path) >= NAME_BYTES) return;
    int fd = real_open(shared, O_RDWR | O_CLOEXEC);
    void *mapped = fd < 0 ? MAP_FAILED : mmap(NULL, CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (fd >= 0) real_close(fd);
    if (mapped == MAP_FAILED) {
        fprintf(stderr, "disk: %s cannot be mapped\n", shared);
        _exit(99);
    }
    control = mapped;
    if (record) {
        recording = real_open(record, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
        if (recording < 0) {
            fprintf(stderr, "disk: %s cannot be made\n", record);
            _exit(99);
        }
    }
    strcpy(directory, path);
    directory_length = strlen(path);
}

/* What a path means below the directory; 0 when it is elsewhere. */
static int inside(int at, const char *path, char *full) {
    if (!directory_length || !path) return 0;
    if (path[0] == '/') {
        if (strlen(path) >= NAME_BYTES) return 0;
        strcpy(full, path);
    } else {
        char link[64], base[NAME_BYTES];
        snprintf(link, sizeof link, at == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", at);
        ssize_t length = readlink(link, base, sizeof base - 1);
        if (length < 0) return 0;
        base[length] = 0;
        if (snprintf(full, NAME_BYTES, "%s/%s", base, path) >= NAME_BYTES) return 0;
    }
    return strncmp(full, directory, directory_length) == 0 && (full[directory_length] == '/' || full[directory_length] == 0);
}

static uint32_t handle_of(int fd) { return fd >= 0 && fd < MAX_FDS ? handles[fd] : 0; }

static void must_write(const void *bytes, size_t length) {
    for (size_t done = 0; done < length;) {
        ssize_t written = real_write(recording, (const char *)bytes + done, length - done);
        if (written < 0 && errno != EINTR) {
            fprintf(stderr, "disk: the recording cannot be written\n");
            _exit(99);
        }
        if (written > 0) done += written;
    }
}

/* Below the lock. */
static void record(uint32_t kind, uint32_t handle, const char *name, const char *to, off_t offset, uint64_t length) {
    if (recording < 0) return;
    struct entry entry = {kind, name ? strlen(name) : 0, to ? strlen(to) : 0, handle, offset, length};
    must_write(&entry, sizeof entry);
    if (name) must_write(name, entry.name_bytes);
    if (to) must_write(to, entry.to_bytes);
    __atomic_add_fetch(&control->recorded, 1, __ATOMIC_SEQ_CST);
}

/* Bytes of the last record, from the start of a vector. */
static void record_bytes(const struct iovec *vector, int count, size_t length) {
    if (recording < 0) return;
    for (int i = 0; i < count && length > 0; i++) {
        size_t part = vector[i].iov_len < length ? vector[i].iov_len : length;
        must_write(vector[i].iov_base, part);
        length -= part;
    }
}

/* Below the lock. */
static struct inode *inode_of(int fd, int is_new, struct stat *found) {
    if (fstat(fd, found) != 0 || !S_ISREG(found->st_mode)) return NULL;
    for (int i = 0; i < inode_count; i++) {
        if (inodes[i].number == found->st_ino && inodes[i].device == found->st_dev) {
            if (is_new) inodes[i].synced = 0;
            return &inodes[i];
        }
    }
    if (inode_count == MAX_INODES) return NULL;
    inodes[inode_count] = (struct inode){found->st_dev, found->st_ino, is_new ? 0 : found->st_size};
    return &inodes[inode_count++];
}

enum verdict { PASS, FAIL, HALF };

/* Counts a call; when it is to fail, errno says how. */
static enum verdict judge(uint64_t kind, const char *path, int fd) {
    if (!(control->kinds & kind)) return PASS;
    uint64_t call = __atomic_add_fetch(&control->calls, 1, __ATOMIC_SEQ_CST);
    uint64_t first = control->first;
    if (!first || call < first || call > control->last) return PASS;
    int half = control->half && call == first && kind == WRITE;
    if (!half && !control->error) return PASS;
    __atomic_add_fetch(&control->injected, 1, __ATOMIC_SEQ_CST);
    control->failedKind = kind;
    char name[64];
    ssize_t length = -1;
    if (path) {
        strncpy(control->failedPath, path, NAME_BYTES - 1);
    } else {
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        length = readlink(name, control->failedPath, NAME_BYTES - 1);
        control->failedPath[length < 0 ? 0 : length] = 0;
    }
    if (half) return HALF;
    errno = (int)control->error;
    return FAIL;
}

static int opened(int fd, const char *full, int flags, int is_new) {
    if (fd < 0 || fd >= MAX_FDS) return fd;
    struct stat found;
    inode_of(fd, is_new, &found);
    handles[fd] = ++last_handle;
    record(OPEN | (is_new ? OPENED_NEW : 0) | (flags & O_TRUNC ? OPENED_EMPTY : 0), handles[fd], full, NULL, 0, 0);
    return fd;
}

static int open_inside(int at, const char *path, const char *full, int flags, mode_t mode) {
    if ((flags & (O_CREAT | O_TRUNC)) && judge(OPEN, full, -1) != PASS) return -1;
    pthread_mutex_lock(&changing);
    struct stat before;
    int is_new = (flags & O_CREAT) && stat(full, &before) != 0;
    int fd = opened(real_openat(at, path, flags, mode), full, flags, is_new);
    pthread_mutex_unlock(&changing);
    return fd;
}

static int any_open(int at, const char *path, int flags, mode_t mode) {
    char full[NAME_BYTES];
    find_openat();
    return inside(at, path, full) ? open_inside(at, path, full, flags, mode) : real_openat(at, path, flags, mode);
}

#define MODE(flags) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | __O_TMPFILE)) { \
        va_list rest; \
        va_start(rest, flags); \
        mode = va_arg(rest, mode_t); \
        va_end(rest); \
    }

int open(const char *path, int flags, ...) { MODE(flags) return any_open(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return any_open(AT_FDCWD, path, flags | O_LARGEFILE, mode); }
int openat(int at, const char *path, int flags, ...) { MODE(flags) return any_open(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags) return any_open(at, path, flags | O_LARGEFILE, mode); }
int __open_2(const char *path, int flags) { return any_open(AT_FDCWD, path, flags, 0); }
int __open64_2(const char *path, int flags) { return any_open(AT_FDCWD, path, flags | O_LARGEFILE, 0); }
int creat(const char *path, mode_t mode) { return any_open(AT_FDCWD, path, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *path, mode_t mode) { return creat(path, mode); }

int close(int fd) {
    find_close();
    if (handle_of(fd)) handles[fd] = 0;
    return real_close(fd);
}

/* Of a stream that was made of an open file: RocksDB reads so. */
int fclose(FILE *stream) {
    find_fclose();
    int fd = fileno(stream);
    if (handle_of(fd)) handles[fd] = 0;
    return real_fclose(stream);
}

/* At least a block short of the whole, and as direct writes want it; 0 when no such part is left. */
static size_t half_of(int fd, size_t length) {
    size_t half = length / 2;
    if (half >= 4096) return half / 4096 * 4096;
    return fcntl(fd, F_GETFL) & O_DIRECT ? 0 : half;
}

static ssize_t any_write(int fd, const struct iovec *vector, int count, off_t offset) {
    enum verdict verdict = judge(WRITE, NULL, fd);
    if (verdict == FAIL) return -1;
    struct iovec first = vector[0];
    if (verdict == HALF) {
        size_t half = half_of(fd, first.iov_len);
        if (count == 1 && half > 0) first.iov_len = half;
        if (count > 1 || half > 0) vector = &first, count = 1;
    }
    pthread_mutex_lock(&changing);
    off_t at = offset;
    if (at < 0) {
        struct stat now;
        at = fcntl(fd, F_GETFL) & O_APPEND && fstat(fd, &now) == 0 ? now.st_size : lseek(fd, 0, SEEK_CUR);
    }
    ssize_t written = offset < 0 ? real_writev(fd, vector, count) : real_pwritev(fd, vector, count, offset);
    int error = errno;
    if (written > 0) {
        record(WRITE, handle_of(fd), NULL, NULL, at, written);
        record_bytes(vector, count, written);
    }
    pthread_mutex_unlock(&changing);
    errno = error;
    return written;
}

ssize_t write(int fd, const void *bytes, size_t length) {
    find_write();
    if (!handle_of(fd) || !length) return real_write(fd, bytes, length);
    struct iovec one = {(void *)bytes, length};
    return any_write(fd, &one, 1, -1);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    find_pwrite();
    if (!handle_of(fd) || !length) return real_pwrite(fd, bytes, length, offset);
    struct iovec one = {(void *)bytes, length};
    return any_write(fd, &one, 1, offset);
}

ssize_t writev(int fd, const struct iovec *vector, int count) {
    find_writev();
    return handle_of(fd) && count > 0 ? any_write(fd, vector, count, -1) : real_writev(fd, vector, count);
}

ssize_t pwritev(int fd, const struct iovec *vector, int count, off_t offset) {
    find_pwritev();
    return handle_of(fd) && count > 0 ? any_write(fd, vector, count, offset) : real_pwritev(fd, vector, count, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t offset) { return pwrite(fd, bytes, length, offset); }
ssize_t pwritev64(int fd, const struct iovec *vector, int count, off_t offset) { return pwritev(fd, vector, count, offset); }

/* Whoever copies within the kernel is to read and write instead, which is counted and recorded. */
ssize_t copy_file_range(int from, off_t *from_at, int to, off_t *to_at, size_t length, unsigned int flags) {
    find_copy_file_range();
    if (!handle_of(to)) return real_copy_file_range(from, from_at, to, to_at, length, flags);
    errno = ENOSYS;
    return -1;
}

ssize_t sendfile(int to, int from, off_t *at, size_t length) {
    find_sendfile();
    if (!handle_of(to)) return real_sendfile(to, from, at, length);
    errno = EINVAL;
    return -1;
}

ssize_t sendfile64(int to, int from, off_t *at, size_t length) { return sendfile(to, from, at, length); }

/* As after a failed write-back: the pages are clean, and what is on the disk is what was there before. */
static void lose(int fd) {
    struct stat now;
    pthread_mutex_lock(&changing);
    struct inode *inode = inode_of(fd, 0, &now);
    if (inode && now.st_size > inode->synced) {
        char name[64];
        static const char zeros[65536];
        snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
        int again = real_open(name, O_WRONLY | O_CLOEXEC);
        for (off_t at = inode->synced; again >= 0 && at < now.st_size;) {
            off_t left = now.st_size - at;
            ssize_t written = real_pwrite(again, zeros, left < (off_t)sizeof zeros ? (size_t)left : sizeof zeros, at);
            if (written <= 0) break;
            at += written;
        }
        if (again >= 0) real_close(again);
    }
    pthread_mutex_unlock(&changing);
}

static int any_sync(int fd, int (*real)(int)) {
    uint32_t handle = handle_of(fd);
    if (judge(SYNC, NULL, fd) != PASS) {
        int error = errno;
        if (control->loses) lose(fd);
        errno = error;
        return -1;
    }
    struct stat before;
    pthread_mutex_lock(&changing);
    struct inode *inode = inode_of(fd, 0, &before);
    record(SYNC, handle, NULL, NULL, 0, 0);
    pthread_mutex_unlock(&changing);
    int result = real(fd);
    int error = errno;
    if (result == 0) {
        pthread_mutex_lock(&changing);
        if (inode) inode->synced = before.st_size;
        record(SYNCED, handle, NULL, NULL, 0, 0);
        pthread_mutex_unlock(&changing);
    }
    errno = error;
    return result;
}

int fsync(int fd) {
    find_fsync();
    return handle_of(fd) ? any_sync(fd, real_fsync) : real_fsync(fd);
}

int fdatasync(int fd) {
    find_fdatasync();
    return handle_of(fd) ? any_sync(fd, real_fdatasync) : real_fdatasync(fd);
}

/* Starts writing; promises nothing, so that a recording does not have it. */
int sync_file_range(int fd, off_t offset, off_t length, unsigned int flags) {
    find_sync_file_range();
    if (handle_of(fd) && judge(RANGE, NULL, fd) != PASS) return -1;
    return real_sync_file_range(fd, offset, length, flags);
}

static int any_rename(int from_at, const char *from, int to_at, const char *to) {
    char full_from[NAME_BYTES], full_to[NAME_BYTES];
    int here = inside(from_at, from, full_from);
    int there = inside(to_at, to, full_to);
    if (here && there && judge(RENAME, full_to, -1) != PASS) return -1;
    if (here && there) pthread_mutex_lock(&changing);
    int result = (int)syscall(SYS_renameat2, from_at, from, to_at, to, 0);
    int error = errno;
    if (here && there) {
        if (result == 0) record(RENAME, 0, full_from, full_to, 0, 0);
        pthread_mutex_unlock(&changing);
    }
    errno = error;
    return result;
}

int rename(const char *from, const char *to) { return any_rename(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return any_rename(from_at, from, to_at, to); }

int ftruncate(int fd, off_t length) {
    find_ftruncate();
    if (!handle_of(fd)) return real_ftruncate(fd, length);
    if (judge(TRUNCATE, NULL, fd) != PASS) return -1;
    struct stat now;
    pthread_mutex_lock(&changing);
    int result = real_ftruncate(fd, length);
    int error = errno;
    if (result == 0) {
        struct inode *inode = inode_of(fd, 0, &now);
        if (inode && inode->synced > length) inode->synced = length;
        record(TRUNCATE, handle_of(fd), NULL, NULL, length, 0);
    }
    pthread_mutex_unlock(&changing);
    errno = error;
    return result;
}

int ftruncate64(int fd, off_t length) { return ftruncate(fd, length); }

/* Not in a recording: what it sets aside reads as zeros, as what was never written does. */
int fallocate(int fd, int mode, off_t offset, off_t length) {
    find_fallocate();
    if (handle_of(fd) && judge(ALLOCATE, NULL, fd) != PASS) return -1;
    return real_fallocate(fd, mode, offset, length);
}

int fallocate64(int fd, int mode, off_t offset, off_t length) { return fallocate(fd, mode, offset, length); }

static int any_unlink(int at, const char *path, int flags) {
    char full[NAME_BYTES];
    int here = inside(at, path, full);
    if (here) pthread_mutex_lock(&changing);
    int result = (int)syscall(SYS_unlinkat, at, path, flags);
    int error = errno;
    if (here) {
        if (result == 0) record(flags & AT_REMOVEDIR ? REMOVE_DIRECTORY : UNLINK, 0, full, NULL, 0, 0);
        pthread_mutex_unlock(&changing);
    }
    errno = error;
    return result;
}

int unlink(const char *path) { return any_unlink(AT_FDCWD, path, 0); }
int unlinkat(int at, const char *path, int flags) { return any_unlink(at, path, flags); }
int rmdir(const char *path) { return any_unlink(AT_FDCWD, path, AT_REMOVEDIR); }

int remove(const char *path) {
    int result = unlink(path);
    return result != 0 && errno == EISDIR ? rmdir(path) : result;
}

int mkdir(const char *path, mode_t mode) {
    char full[NAME_BYTES];
    find_mkdir();
    int here = inside(AT_FDCWD, path, full);
    if (here) pthread_mutex_lock(&changing);
    int result = real_mkdir(path, mode);
    int error = errno;
    if (here) {
        if (result == 0) record(MAKE_DIRECTORY, 0, full, NULL, 0, 0);
        pthread_mutex_unlock(&changing);
    }
    errno = error;
    return result;
}
