/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "tmpcopyup": a new tmpfs begins with a copy of what it is going to cover.
 * Runs in: init.
 */
#ifndef TARE_INIT_COPYUP_H
#define TARE_INIT_COPYUP_H

struct err;
struct init;
struct plan_mount;

/*
 * Copy what is in the directory @from (a descriptor, O_PATH is enough) into the detached mount @tree of
 * @mount, before that is attached: files with holes, links as they are, device nodes, pipes and sockets;
 * with owner, mode, times and, of files and directories, extended attributes as far as a tmpfs has them.
 * Everything is reached by one name in an open directory, no link is followed and no mount is entered.
 * -1 with @err filled.
 */
int copyup_fill(const struct init *init, const struct plan_mount *mount, int from, int tree, struct err *err);

#endif
