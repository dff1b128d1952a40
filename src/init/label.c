/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Labels of security modules; see label.h.
 * Runs in: init.
 */
#include "init/label.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fd.h"
#include "init/init.h"
#include "sys/mountfd.h"
#include "sys/rootpath.h"
#include "sys/uapi.h"

/* Between profiles of a stack, apparmor.d(5) */
#define STACK "//&"

/* A file of /proc/thread-self/attr; that name is a link, which is not followed. */
static int open_attr(const struct init *init, const char *name, int flags)
{
	char path[96];

	(void)snprintf(path, sizeof(path), "%d/task/%d/attr/%s", (int)getpid(), (int)syscall(SYS_gettid), name);
	return rootpath_beneath(init->proc, path, flags);
}

/* The kernel takes a label in one write(2) only. */
static int write_attr(const struct init *init, const char *name, const char *text)
{
	size_t len = strlen(text);
	auto_fd int fd = -1;

	fd = open_attr(init, name, O_WRONLY);
	if (fd < 0)
		return -1;
	return write(fd, text, len) == (ssize_t)len ? 0 : -1;
}

/* Without a newline or NUL at the end. */
static int read_attr(const struct init *init, const char *name, char *text, size_t size)
{
	auto_fd int fd = -1;
	ssize_t n;

	fd = open_attr(init, name, O_RDONLY);
	n = fd < 0 ? -1 : fd_read_all(fd, text, size - 1);
	if (n < 0)
		return -1;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return 0;
}

/* Managers know a failing label by this path in backquotes (spec-checklist 8.3). */
#define IN_ATTR "`/proc/thread-self/attr/%s`"

static int read_back(const struct init *init, const char *name, const char *label,
		     bool (*is_same)(const char *answer, const char *label), struct err *err)
{
	uint32_t at = init->plan->process.at;
	char answer[PATH_MAX];

	if (read_attr(init, name, answer, sizeof(answer)) < 0)
		return err_errno(err, at, "read back from " IN_ATTR, name);
	if (!is_same(answer, label))
		return err_say(err, at, IN_ATTR " is \"%s\" after \"%s\" was written to it", name, answer, label);
	return 0;
}

/* Behind ":namespace:" or ":namespace://". */
static const char *without_namespace(const char *name)
{
	const char *end = name[0] == ':' ? strchr(name + 1, ':') : NULL;

	if (end == NULL)
		return name;
	return strncmp(end + 1, "//", 2) == 0 ? end + 3 : end + 1;
}

/* The @len bytes at @text are @name. */
static bool is_text(const char *text, size_t len, const char *name)
{
	return strlen(name) == len && strncmp(text, name, len) == 0;
}

bool label_is_profile(const char *answer, const char *profile)
{
	const char *mode = strrchr(answer, '(');
	const char *end = answer + strlen(answer);
	const char *next;

	if (mode != NULL && mode > answer && mode[-1] == ' ' && end[-1] == ')')
		end = mode - 1;
	if (is_text(answer, (size_t)(end - answer), profile))
		return true;
	for (const char *p = answer; p < end; p = next + strlen(STACK)) {
		const char *name = without_namespace(p);

		next = strstr(p, STACK);
		if (next == NULL || next > end)
			next = end;
		if (name < next && is_text(name, (size_t)(next - name), without_namespace(profile)))
			return true;
	}
	return false;
}

/* Up to the third colon, or all of it: "user:role:type". */
static size_t without_level(const char *context)
{
	size_t len = 0;

	for (int colons = 0; context[len] != '\0'; len++) {
		if (context[len] == ':' && ++colons == 3)
			break;
	}
	return len;
}

bool label_is_context(const char *answer, const char *label)
{
	size_t len = without_level(label);

	return len > 0 && without_level(answer) == len && strncmp(answer, label, len) == 0;
}

/* Before Linux 5.8 security modules shared one file. */
static const char *profile_file(const struct init *init)
{
	auto_fd int fd = open_attr(init, "apparmor/exec", O_PATH);

	return fd < 0 && errno == ENOENT ? "exec" : "apparmor/exec";
}

static int set_profile(const struct init *init, const char *profile, struct err *err)
{
	const char *name = profile_file(init);
	uint32_t at = init->plan->process.at;
	char text[PATH_MAX];

	if (snprintf(text, sizeof(text), "exec %s", profile) >= (int)sizeof(text))
		return err_say(err, at, "the name of the AppArmor profile is too long");
	if (write_attr(init, name, text) == 0)
		return read_back(init, name, profile, label_is_profile, err);
	if (errno == ENOENT)
		return err_say(err, at, "AppArmor profile \"%s\" is not loaded: write it to " IN_ATTR, profile, name);
	return err_errno(err, at, "write AppArmor profile \"%s\" to " IN_ATTR, profile, name);
}

static int set_context(const struct init *init, const char *label, struct err *err)
{
	if (write_attr(init, "exec", label) < 0)
		return err_errno(err, init->plan->process.at, "write SELinux label \"%s\" to " IN_ATTR, label, "exec");
	return read_back(init, "exec", label, label_is_context, err);
}

int label_exec(struct init *init, struct err *err)
{
	const struct plan_lsm *lsm = &init->plan->process.lsm;

	if (lsm->apparmor != NULL && set_profile(init, lsm->apparmor, err) < 0)
		return -1;
	return lsm->selinux == NULL ? 0 : set_context(init, lsm->selinux, err);
}

int label_keys(struct init *init, bool on, struct err *err)
{
	const char *label = init->plan->process.lsm.selinux;

	if (label == NULL)
		return 0;
	/* An empty line takes the label back. */
	if (write_attr(init, "keycreate", on ? label : "\n") < 0)
		return err_errno(err, init->plan->process.at, "write SELinux label \"%s\" to " IN_ATTR, on ? label : "",
				 "keycreate");
	return on ? read_back(init, "keycreate", label, label_is_context, err) : 0;
}

static int label_root(const struct plan_mount *mount, int tree)
{
	/* An O_PATH descriptor takes no attributes. */
	auto_fd int root = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return root < 0 ? -1 : fsetxattr(root, "security.selinux", mount->label, strlen(mount->label) + 1, 0);
}

int label_mount(const struct plan_mount *mount, int tree, struct err *err)
{
	uint64_t readonly = mount->attr.set & MOUNT_ATTR_RDONLY;

	if (mount->label == NULL)
		return 0;
	if ((readonly != 0 && mountfd_setattr(tree, false, 0, readonly) < 0) || label_root(mount, tree) < 0 ||
	    (readonly != 0 && mountfd_setattr(tree, false, readonly, 0) < 0))
		return err_errno(err, mount->at, "label %s \"%s\"", mount->target, mount->label);
	return 0;
}
