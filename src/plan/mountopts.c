/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of mount options and the engine that reads it; see mountopts.h.
 * Runs in: host.
 */
#include "plan/mountopts.h"

#include <linux/mount.h>
#include <string.h>

#include "base/err.h"
#include "base/region.h"
#include "libocispec/oci/config.h"
#include "plan/work.h"

/*
 * Far more than a page of mount(2)'s data holds; it keeps a hostile document from growing without
 * bound in the plan.
 */
#define OPTIONS_MAX 4096

/* What a word does. */
enum kind {
	ATTR,		/* @value: bits of MOUNT_ATTR_* */
	ATIME,		/* @value: enum atime */
	SUPERBLOCK,	/* @value: bit of enum mountopts_sb */
	PROPAGATION,	/* @value: MS_* */
	MEMBER,		/* @value: offset of a bool in struct mountopts */
	IDMAP,		/* with a mapping after the word if it is a PREFIX */
	NOTHING,	/* known, and without effect in a container */
	REFUSED,	/* @value: index of refusals[] */
};

enum {
	UNDO = 1 << 0,		/* the word negates @value */
	RECURSIVE = 1 << 1,	/* for the whole tree of mounts */
	PREFIX = 1 << 2,	/* every word that begins so */
};

/* How access times are kept: one choice in mount_setattr(2), several words in mount(8). */
enum atime { ATIME_KEEP, ATIME_RELATIVE, ATIME_NEVER, ATIME_STRICT };

enum { REFUSED_LOOP, REFUSED_X_MOUNT };

static const char *const refusals[] = {
	[REFUSED_LOOP] = "loop devices are not set up by a container runtime",
	[REFUSED_X_MOUNT] = "this option of mount(8) is not supported",
};

struct option {
	const char *word;
	uint8_t kind;
	uint8_t flags;
	uint64_t value;
};

/*
 * Words that `features` lists.
 * "defaults" is no reset: as in mount(8) it adds nothing to what the other words say.
 * "silent" and "loud" steer only what the kernel logs, and fsconfig(2) has no such words.
 * "rnodev" is missing from the specification's list by mistake (spec-checklist 9 #2).
 */
#define OPTIONS(X)                                                               \
	X("defaults",       NOTHING,     0,                 0)                   \
	X("ro",             ATTR,        0,                 MOUNT_ATTR_RDONLY)   \
	X("rw",             ATTR,        UNDO,              MOUNT_ATTR_RDONLY)   \
	X("nosuid",         ATTR,        0,                 MOUNT_ATTR_NOSUID)   \
	X("suid",           ATTR,        UNDO,              MOUNT_ATTR_NOSUID)   \
	X("nodev",          ATTR,        0,                 MOUNT_ATTR_NODEV)    \
	X("dev",            ATTR,        UNDO,              MOUNT_ATTR_NODEV)    \
	X("noexec",         ATTR,        0,                 MOUNT_ATTR_NOEXEC)   \
	X("exec",           ATTR,        UNDO,              MOUNT_ATTR_NOEXEC)   \
	X("nodiratime",     ATTR,        0,                 MOUNT_ATTR_NODIRATIME) \
	X("diratime",       ATTR,        UNDO,              MOUNT_ATTR_NODIRATIME) \
	X("nosymfollow",    ATTR,        0,                 MOUNT_ATTR_NOSYMFOLLOW) \
	X("symfollow",      ATTR,        UNDO,              MOUNT_ATTR_NOSYMFOLLOW) \
	X("relatime",       ATIME,       0,                 ATIME_RELATIVE)      \
	X("norelatime",     ATIME,       UNDO,              ATIME_RELATIVE)      \
	X("noatime",        ATIME,       0,                 ATIME_NEVER)         \
	X("atime",          ATIME,       UNDO,              ATIME_NEVER)         \
	X("strictatime",    ATIME,       0,                 ATIME_STRICT)        \
	X("nostrictatime",  ATIME,       UNDO,              ATIME_STRICT)        \
	X("rro",            ATTR,        RECURSIVE,         MOUNT_ATTR_RDONLY)   \
	X("rrw",            ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_RDONLY)   \
	X("rnosuid",        ATTR,        RECURSIVE,         MOUNT_ATTR_NOSUID)   \
	X("rsuid",          ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_NOSUID)   \
	X("rnodev",         ATTR,        RECURSIVE,         MOUNT_ATTR_NODEV)    \
	X("rdev",           ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_NODEV)    \
	X("rnoexec",        ATTR,        RECURSIVE,         MOUNT_ATTR_NOEXEC)   \
	X("rexec",          ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_NOEXEC)   \
	X("rnodiratime",    ATTR,        RECURSIVE,         MOUNT_ATTR_NODIRATIME) \
	X("rdiratime",      ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_NODIRATIME) \
	X("rnosymfollow",   ATTR,        RECURSIVE,         MOUNT_ATTR_NOSYMFOLLOW) \
	X("rsymfollow",     ATTR,        RECURSIVE | UNDO,  MOUNT_ATTR_NOSYMFOLLOW) \
	X("rrelatime",      ATIME,       RECURSIVE,         ATIME_RELATIVE)      \
	X("rnorelatime",    ATIME,       RECURSIVE | UNDO,  ATIME_RELATIVE)      \
	X("rnoatime",       ATIME,       RECURSIVE,         ATIME_NEVER)         \
	X("ratime",         ATIME,       RECURSIVE | UNDO,  ATIME_NEVER)         \
	X("rstrictatime",   ATIME,       RECURSIVE,         ATIME_STRICT)        \
	X("rnostrictatime", ATIME,       RECURSIVE | UNDO,  ATIME_STRICT)        \
	X("sync",           SUPERBLOCK,  0,                 MOUNTOPTS_SB_SYNC)   \
	X("async",          SUPERBLOCK,  UNDO,              MOUNTOPTS_SB_SYNC)   \
	X("dirsync",        SUPERBLOCK,  0,                 MOUNTOPTS_SB_DIRSYNC) \
	X("lazytime",       SUPERBLOCK,  0,                 MOUNTOPTS_SB_LAZYTIME) \
	X("nolazytime",     SUPERBLOCK,  UNDO,              MOUNTOPTS_SB_LAZYTIME) \
	X("iversion",       SUPERBLOCK,  0,                 MOUNTOPTS_SB_IVERSION) \
	X("noiversion",     SUPERBLOCK,  UNDO,              MOUNTOPTS_SB_IVERSION) \
	X("mand",           SUPERBLOCK,  0,                 MOUNTOPTS_SB_MAND)   \
	X("nomand",         SUPERBLOCK,  UNDO,              MOUNTOPTS_SB_MAND)   \
	X("silent",         NOTHING,     0,                 0)                   \
	X("loud",           NOTHING,     0,                 0)                   \
	X("private",        PROPAGATION, 0,                 MS_PRIVATE)          \
	X("rprivate",       PROPAGATION, 0,                 MS_PRIVATE | MS_REC) \
	X("shared",         PROPAGATION, 0,                 MS_SHARED)           \
	X("rshared",        PROPAGATION, 0,                 MS_SHARED | MS_REC)  \
	X("slave",          PROPAGATION, 0,                 MS_SLAVE)            \
	X("rslave",         PROPAGATION, 0,                 MS_SLAVE | MS_REC)   \
	X("unbindable",     PROPAGATION, 0,                 MS_UNBINDABLE)       \
	X("runbindable",    PROPAGATION, 0,                 MS_UNBINDABLE | MS_REC) \
	X("bind",           MEMBER,      0,                 offsetof(struct mountopts, bind)) \
	X("rbind",          MEMBER,      RECURSIVE,         offsetof(struct mountopts, bind)) \
	X("remount",        MEMBER,      0,                 offsetof(struct mountopts, remount)) \
	X("src-nofollow",   MEMBER,      0,                 offsetof(struct mountopts, src_nofollow)) \
	X("dest-nofollow",  MEMBER,      0,                 offsetof(struct mountopts, dest_nofollow)) \
	X("copy-symlink",   MEMBER,      0,                 offsetof(struct mountopts, copy_symlink)) \
	X("tmpcopyup",      MEMBER,      0,                 offsetof(struct mountopts, tmpcopyup)) \
	X("idmap",          IDMAP,       0,                 0)                   \
	X("ridmap",         IDMAP,       RECURSIVE,         0)

#define AS_ROW(word, kind, flags, value) { word, kind, flags, value },
#define AS_WORD(word, kind, flags, value) word,

/*
 * After the listed words: words with a value, those that mount(8) keeps for itself (its section
 * "FILESYSTEM-INDEPENDENT MOUNT OPTIONS"), which must not reach the kernel, and those that are refused.  Of
 * those that say who may mount, what they imply for the mount counts here too, as for root's mount(8).
 */
#define OF_OWNERS (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
#define OF_USERS (OF_OWNERS | MOUNT_ATTR_NOEXEC)

static const struct option options[] = {
	OPTIONS(AS_ROW)
	{ "idmap=",         IDMAP,   PREFIX, 0 },
	{ "ridmap=",        IDMAP,   PREFIX | RECURSIVE, 0 },
	{ "auto",           NOTHING, 0,      0 },
	{ "noauto",         NOTHING, 0,      0 },
	{ "user",           ATTR,    0,      OF_USERS },
	{ "nouser",         NOTHING, 0,      0 },
	{ "users",          ATTR,    0,      OF_USERS },
	{ "nousers",        NOTHING, 0,      0 },
	{ "owner",          ATTR,    0,      OF_OWNERS },
	{ "noowner",        NOTHING, 0,      0 },
	{ "group",          ATTR,    0,      OF_OWNERS },
	{ "nogroup",        NOTHING, 0,      0 },
	{ "_netdev",        NOTHING, 0,      0 },
	{ "nofail",         NOTHING, 0,      0 },
	{ "comment=",       NOTHING, PREFIX, 0 },
	{ "helper=",        NOTHING, PREFIX, 0 },
	{ "uhelper=",       NOTHING, PREFIX, 0 },
	{ "X-mount.mkdir",  NOTHING, PREFIX, 0 }, /* mount points are made anyway */
	{ "X-mount.",       REFUSED, PREFIX, REFUSED_X_MOUNT },
	{ "X-",             NOTHING, PREFIX, 0 },
	{ "x-",             NOTHING, PREFIX, 0 },
	{ "loop",           REFUSED, 0,      REFUSED_LOOP },
	{ "loop=",          REFUSED, PREFIX, REFUSED_LOOP },
};

static const char *const words[] = { OPTIONS(AS_WORD) NULL };

const struct mountopts_sb_name mountopts_sb_names[] = {
	{ MOUNTOPTS_SB_SYNC,     "sync",     "async" },
	{ MOUNTOPTS_SB_DIRSYNC,  "dirsync",  NULL },
	{ MOUNTOPTS_SB_LAZYTIME, "lazytime", "nolazytime" },
	{ MOUNTOPTS_SB_IVERSION, "iversion", "noiversion" },
	{ MOUNTOPTS_SB_MAND,     "mand",     "nomand" },
};

const size_t mountopts_n_sb_names = sizeof(mountopts_sb_names) / sizeof(mountopts_sb_names[0]);

const char *const *plan_mount_option_words(void)
{
	return words;
}

/* The row of @word, NULL for data of the file system. */
static const struct option *find_option(const char *word)
{
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const struct option *option = &options[i];

		if (option->word[0] != word[0])
			continue;
		if (strcmp(word, option->word) == 0 ||
		    ((option->flags & PREFIX) &&
		     strncmp(word, option->word, strlen(option->word)) == 0))
			return option;
	}
	return NULL;
}

static void apply_attr(struct plan_attr *attr, uint64_t bits, bool undo)
{
	if (undo) {
		attr->set &= ~bits;
		attr->clear |= bits;
	} else {
		attr->set |= bits;
		attr->clear &= ~bits;
	}
}

/*
 * "noatime", "relatime" and "strictatime" each choose.  "atime" and "nostrictatime" take back their
 * opposite, chosen before or found on the source, and leave the kernel's choice, relatime;
 * "norelatime" takes back only a "relatime" before it.
 */
static void apply_atime(enum atime *atime, enum atime value, bool undo)
{
	if (!undo)
		*atime = value;
	else if (value == ATIME_RELATIVE)
		*atime = *atime == value ? ATIME_KEEP : *atime;
	else if (*atime == value || *atime == ATIME_KEEP)
		*atime = ATIME_RELATIVE;
}

/* The kernel wants the whole field cleared whenever it is set (mount_setattr(2)). */
static void settle_atime(struct plan_attr *attr, enum atime atime)
{
	static const uint64_t bits[] = {
		[ATIME_RELATIVE] = MOUNT_ATTR_RELATIME,
		[ATIME_NEVER] = MOUNT_ATTR_NOATIME,
		[ATIME_STRICT] = MOUNT_ATTR_STRICTATIME,
	};

	if (atime == ATIME_KEEP)
		return;
	attr->clear |= MOUNT_ATTR__ATIME;
	attr->set |= bits[atime];
}

/*
 * One past the end of the piece at @text: the next comma outside double quotes, or the end.  In paths of
 * overlayfs a backslash protects the character behind it, and stays there for the file system to read.
 */
static char *piece_end(char *text, bool has_escapes)
{
	bool is_quoted = false;

	for (; *text != '\0' && (is_quoted || *text != ','); text++) {
		if (has_escapes && text[0] == '\\' && text[1] != '\0')
			text++;
		else if (*text == '"')
			is_quoted = !is_quoted;
	}
	return text;
}

/* A value in double quotes protects its commas; the quotes are not part of it (selinux(8) contexts). */
static char *unquote(char *value)
{
	size_t len = strlen(value);

	if (len < 2 || value[0] != '"' || value[len - 1] != '"')
		return value;
	value[len - 1] = '\0';
	return value + 1;
}

/*
 * mount(2) gets all data as one string, which the kernel splits at commas; fsconfig(2) takes the
 * pieces.  Counts when @param is NULL.
 */
static size_t split_data(char *text, bool has_escapes, struct plan_param *param)
{
	size_t n = 0;

	while (*text != '\0') {
		char *end = piece_end(text, has_escapes);
		char *next = *end == '\0' ? end : end + 1;

		if (end == text) {
			text = next;
			continue;
		}
		if (param != NULL) {
			char *equals;

			*end = '\0';
			equals = strchr(text, '=');
			param[n].key = text;
			if (equals != NULL) {
				*equals = '\0';
				param[n].value = unquote(equals + 1);
			}
		}
		n++;
		text = next;
	}
	return n;
}

/* @text: copies of the @n options that are data, in order. */
static int split_all(struct plan_work *work, const struct oci_mount *mount, char *const *text,
		     size_t n, struct mountopts *ret, struct err *err)
{
	bool has_escapes = mount->type != NULL && strcmp(mount->type, "overlay") == 0;
	size_t n_data = 0;

	for (size_t i = 0; i < n; i++)
		n_data += split_data(text[i], has_escapes, NULL);
	if (n_data > OPTIONS_MAX)
		return err_say(err, work_place(work, mount->at, "options[%u]", ret->first_data),
			       "more than %d options for one file system", OPTIONS_MAX);
	ret->data = work_array(work, n_data, sizeof(*ret->data));
	for (size_t i = 0; i < n; i++)
		ret->n_data += split_data(text[i], has_escapes, ret->data + ret->n_data);
	return 0;
}

static void apply(const struct option *option, struct mountopts *ret, enum atime atime[2])
{
	bool is_recursive = (option->flags & RECURSIVE) != 0;
	bool undo = (option->flags & UNDO) != 0;
	unsigned int bit;

	switch ((enum kind)option->kind) {
	case ATTR:
		apply_attr(is_recursive ? &ret->attr_recursive : &ret->attr, option->value, undo);
		break;
	case ATIME:
		apply_atime(&atime[is_recursive], (enum atime)option->value, undo);
		break;
	case SUPERBLOCK:
		bit = (unsigned int)option->value;
		ret->sb_set = undo ? ret->sb_set & ~bit : ret->sb_set | bit;
		ret->sb_clear = undo ? ret->sb_clear | bit : ret->sb_clear & ~bit;
		break;
	case PROPAGATION:
		ret->propagation[ret->n_propagation++] = (unsigned long)option->value;
		break;
	case MEMBER:
		*(bool *)((char *)ret + option->value) = true;
		ret->recursive |= is_recursive;
		break;
	case IDMAP:
		ret->idmap = true;
		ret->idmap_recursive = is_recursive;
		break;
	case NOTHING:
	case REFUSED:
		break;
	}
}

int mountopts_parse(struct plan_work *work, const struct oci_mount *mount, struct mountopts *ret,
		    struct err *err)
{
	enum atime atime[2] = { ATIME_KEEP, ATIME_KEEP };
	const struct oci_strings *list = &mount->options;
	size_t n_data = 0;
	const char *word;
	char **data;

	*ret = (struct mountopts){ .first_data = 0 };
	if (list->n > OPTIONS_MAX)
		return err_say(err, work_place(work, mount->at, "options"),
			       "more than %d options for one mount", OPTIONS_MAX);
	data = work_array(work, list->n, sizeof(*data));
	ret->propagation = work_array(work, list->n, sizeof(*ret->propagation));
	oci_for_each(word, list) {
		const struct option *option = find_option(word);

		if (option != NULL && option->kind == REFUSED)
			return err_say(err, work_place(work, mount->at, "options[%u]", word_i),
				       "\"%s\": %s", word, refusals[option->value]);
		if (option != NULL) {
			apply(option, ret, atime);
			if (option->kind == IDMAP) {
				ret->idmap_option = word_i;
				ret->idmap_text = option->flags & PREFIX ? word + strlen(option->word) : NULL;
			}
		} else if (word[0] != '\0') {
			ret->first_data = n_data == 0 ? word_i : ret->first_data;
			data[n_data++] = region_strdup(work->region, word);
		}
	}
	if (split_all(work, mount, data, n_data, ret, err) < 0)
		return -1;
	settle_atime(&ret->attr, atime[0]);
	settle_atime(&ret->attr_recursive, atime[1]);
	return 0;
}
