/* File systems of a test's own. */
#include "unit.h"

#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0) {
        close(fd);
    }
    return written;
}

static bool map_user(uid_t user, gid_t group)
{
    char users[64];
    char groups[64];

    snprintf(users, sizeof(users), "%u %u 1", (unsigned)user, (unsigned)user);
    snprintf(groups, sizeof(groups), "%u %u 1", (unsigned)group, (unsigned)group);
    return write_text("/proc/self/setgroups", "deny") && write_text("/proc/self/uid_map", users) &&
           write_text("/proc/self/gid_map", groups);
}

static bool enter_namespace(void)
{
    uid_t user = geteuid();
    gid_t group = getegid();

    if (unshare(CLONE_NEWNS) != 0 &&
        (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0 || !map_user(user, group))) {
        return false;
    }
    return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

bool mounts_allowed(void)
{
    static enum { UNKNOWN, ALLOWED, FORBIDDEN } known;

    if (known == UNKNOWN) {
        known = enter_namespace() ? ALLOWED : FORBIDDEN;
    }
    if (known == FORBIDDEN) {
        print_message("no mount namespace may be made here\n");
    }
    return known == ALLOWED;
}

void mounts_tmpfs(const char *path, const char *options)
{
    (void)mkdir(path, 0700);
    unsigned long flags = strcmp(options, "ro") == 0 ? MS_RDONLY : 0;
    assert_int_equal(mount("tmpfs", path, "tmpfs", flags, flags == 0 ? options : NULL), 0);
}

void mounts_cover(const char *path)
{
    assert_int_equal(mount(path, path, NULL, MS_BIND, NULL), 0);
    assert_int_equal(mount(NULL, path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL), 0);
}

void mounts_uncover(const char *path)
{
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}

bool mounts_ext4(const char *image, const char *path)
{
    char command[512];

    (void)mkdir(path, 0700);
    snprintf(command, sizeof(command),
             "PATH=/usr/sbin:/sbin:$PATH; truncate -s 16M '%s' && mkfs.ext4 -q -F -O ^has_journal "
             "'%s' && mount -o loop,errors=remount-ro '%s' '%s'",
             image, image, image, path);
    if (geteuid() != 0 || system(command) != 0) {
        print_message("no ext4 can be mounted from a file here\n");
        return false;
    }
    return true;
}

void mounts_ext4_fails(const char *path)
{
    struct stat status;
    char link[64];
    char target[256];
    char trigger[320];

    assert_int_equal(stat(path, &status), 0);
    snprintf(link, sizeof(link), "/sys/dev/block/%u:%u", major(status.st_dev),
             minor(status.st_dev));
    ssize_t size = readlink(link, target, sizeof(target) - 1);
    assert_true(size > 0);
    target[size] = '\0';
    snprintf(trigger, sizeof(trigger), "/sys/fs/ext4/%s/trigger_fs_error",
             strrchr(target, '/') + 1);
    assert_true(write_text(trigger, "a test of this machine's"));
}

void mounts_end(const char *path)
{
    (void)umount2(path, MNT_DETACH);
}
